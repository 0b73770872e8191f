/** Readers that follow a store in one process while another writes to it, and is killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { storeUnderTest } from "./store-under-test.js";

const READERS = 8;
const WRITERS = 3;

describe("readers beside a writer", function () {
  this.timeout(60_000);
  const store = storeUnderTest();
  const script = fileURLToPath(new URL("./append-on-demand.js", import.meta.url));
  let writer: ChildProcess;
  let acknowledged = -1;

  async function startWriter(): Promise<void> {
    writer = spawn(process.execPath, [script, store.path()], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    writer.stdout?.on("data", (chunk: Buffer) => {
      const lines = chunk.toString().trim().split("\n");
      acknowledged = Math.max(acknowledged, ...lines.map(Number));
    });
    writer.stdin?.on("error", () => undefined).write(".");
    if (writer.stdout !== null) await once(writer.stdout, "data");
  }
  afterEach(() => writer.kill("SIGKILL"));

  it(`D24 each of ${READERS} sees every record once, in order, and no damage, while writers come, rotate, seal and are killed`, async () => {
    acknowledged = -1;
    await startWriter();
    const readers = Array.from({ length: READERS }, () => store.openReader());
    const seen = readers.map(() => 0);
    for (let killed = 0; killed < WRITERS; killed++) {
      const until = acknowledged + 100;
      while (acknowledged < until) {
        writer.stdin?.write("...");
        await followAll(readers, seen);
        await setImmediate();
      }
      writer.kill("SIGKILL");
      await once(writer, "close");
      await followAll(readers, seen);
      for (const count of seen) assert.ok(count > acknowledged, `${count} of ${acknowledged}`);
      if (killed < WRITERS - 1) await startWriter();
    }
    assert.ok(store.logFiles(".jlog").length > 10, "too few rotations were seen");
    for (const reader of readers) {
      assert.deepEqual((await reader.info()).damage, []);
      await reader.close();
    }
  });
});

/** Each goes on where it stopped; what it is given must be next. */
async function followAll(readers: readonly JobStoreReader[], seen: number[]): Promise<void> {
  for (const [i, reader] of readers.entries()) {
    let next = seen[i] ?? 0;
    for await (const { lsn } of reader.batches(next)) assert.equal(lsn, next++);
    seen[i] = next;
  }
}
