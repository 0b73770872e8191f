/** The inflated request bodies that real Sidekiq processes sent. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const RUNS = "test/fixtures/runs";

export interface RecordedBody {
  /** `cap-link/004.pb.gz` */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function recordedBodies(): readonly RecordedBody[] {
  return readdirSync(RUNS, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".pb.gz"))
    .sort()
    .map((name) => ({ name, bytes: gunzipSync(readFileSync(join(RUNS, name))) }));
}
