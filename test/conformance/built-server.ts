/**
 * The built command, started once for a file of tests, and what it has stored.
 *
 * Tests are named with the ids of the conformance list: S for the OTLP server, D for durability, X for security, L for
 * load. docs/conformance.md has them all, with where each is tested.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { decodeRequest, type OtlpSpan } from "../../src/otlp/decode.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { type ServeProcess, startServe } from "../end-to-end/serve-process.js";

export interface BuiltServer {
  readonly host: string;
  readonly port: number;
  readonly process: ServeProcess;
  /** Spans of the batches that were stored since this was asked last. */
  newSpans(): Promise<readonly OtlpSpan[]>;
  /** Requests stored since this was asked last, inflated. */
  newBatches(): Promise<readonly Buffer[]>;
  /** Memory of the process in bytes: its peak. */
  peakMemory(): number;
}

/** Registers mocha hooks; give what it returns to the tests, which call it when they run. */
export function builtServer(...options: readonly string[]): () => BuiltServer {
  let store = "";
  let server: BuiltServer | undefined;
  before(async () => {
    store = mkdtempSync(join(tmpdir(), "jobtrace-test-"));
    server = await start(store, options);
  });
  after(async () => {
    await server?.process.kill("SIGTERM");
    rmSync(store, { recursive: true, force: true });
  });
  return () => {
    if (server === undefined) throw new Error("the server is not started yet");
    return server;
  };
}

async function start(store: string, options: readonly string[]): Promise<BuiltServer> {
  const process = await startServe(store, ...options);
  const { hostname, port } = new URL(process.endpoint);
  let seen = 0;
  const newBatches = async (): Promise<readonly Buffer[]> => {
    const reader = openFileStoreReader(store, { indexBatch });
    const all: Buffer[] = [];
    for await (const batch of reader.batches()) all.push(Buffer.from(batch.raw()));
    await reader.close();
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
  return {
    host: hostname,
    port: Number(port),
    process,
    newBatches,
    async newSpans() {
      return (await newBatches()).flatMap(spansOf);
    },
    peakMemory() {
      const status = readFileSync(`/proc/${process.child.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
  };
}

export function spansOf(request: Uint8Array): readonly OtlpSpan[] {
  return decodeRequest(request).resourceSpans.flatMap((resource) =>
    (resource.scopeSpans ?? []).flatMap((scope) => (scope.spans ?? []) as OtlpSpan[]),
  );
}
