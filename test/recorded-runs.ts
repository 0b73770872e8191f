/** The recorded runs under test/fixtures/runs: the bodies as they came, and what truly happened. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unixNano } from "../src/jobscope/model/time.js";
import type { JobStoreWriter } from "../src/jobscope/store/job-store.js";
import { createIngest } from "../src/processor/ingest.js";

export interface TrueAttempt {
  readonly outcome: "completed" | "failed" | "killed" | "requeued by shutdown";
  readonly pid?: number | null;
  readonly started_at?: string;
}

export interface TrueJob {
  readonly jid: string;
  readonly class: string;
  readonly attempts: readonly TrueAttempt[];
  readonly enqueued_as?: string;
  readonly active_job_id?: string;
}

export interface Run {
  readonly name: string;
  readonly style: "link" | "child" | "none";
  readonly jobs: readonly TrueJob[];
  /** As received: gzip. */
  readonly bodies: readonly Buffer[];
}

const ROOT = "test/fixtures/runs";

export function recordedRuns(): readonly Run[] {
  return readdirSync(ROOT).sort().map(recordedRun);
}

export function recordedRun(name: string): Run {
  const folder = join(ROOT, name);
  const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) as {
    readonly propagation_style: Run["style"];
    readonly jobs: readonly TrueJob[];
  };
  const files = readdirSync(folder).filter((file) => file.endsWith(".pb.gz"));
  return {
    name,
    style: truth.propagation_style,
    jobs: truth.jobs,
    bodies: files.sort().map((file) => readFileSync(join(folder, file))),
  };
}

/** Through the real ingest, received one second after another. */
export async function ingestBodies(
  bodies: readonly Buffer[],
  writer: JobStoreWriter,
): Promise<void> {
  let now = 1_795_000_000_000_000_000n;
  const ingest = createIngest(writer, () => unixNano((now += 1_000_000_000n)));
  for (const body of bodies) {
    const outcome = await ingest({
      body,
      codec: "gzip",
      raw: gunzipSync(body),
      format: "protobuf",
    });
    if (outcome.kind !== "accepted")
      throw new Error(`a recorded body was not accepted: ${outcome.reason}`);
  }
}
