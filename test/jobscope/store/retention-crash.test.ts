/** Deleting segments while others read them, and being killed in the middle of it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { createPruner } from "../../../src/jobscope/store/pruner.js";
import { type Retention, startRetention } from "../../../src/jobscope/store/retention.js";
import { batchOf, indexTestBatch } from "./store-batches.js";
import { temporaryFolder } from "../../temporary-folder.js";
import {
  appendJobs,
  dayOf,
  days,
  filesIn,
  fillSmallStore,
  jobsIn,
  openSmallStore,
  range,
} from "./small-store.js";

const KEEP_TWO = { ageMax: days(1), bytesMax: undefined };
const ALL = Number.POSITIVE_INFINITY;

async function prune(path: string): Promise<void> {
  const pruner = createPruner(path, { limits: KEEP_TWO, now: () => dayOf(1000) });
  await pruner.drop(await pruner.plan(ALL, ALL));
}

describe("deleting segments", () => {
  const folder = temporaryFolder();
  const path = (): string => join(folder(), "store");

  it("D23 a kill between any two files leaves nothing that is read, nor anything after the next start", async () => {
    await fillSmallStore(path(), 6);
    const before = filesIn(path());
    cpSync(path(), join(folder(), "pruned"), { recursive: true });
    await prune(join(folder(), "pruned"));
    const after = filesIn(join(folder(), "pruned"));
    const gone = before.filter((name) => !after.includes(name));
    // In the order in which they go: logs by age, then what stands beside them.
    const order = [...gone.filter(isLog), ...gone.filter((name) => !isLog(name))];
    assert.equal(order.length, 8);

    for (let killed = 0; killed <= order.length; killed++) {
      const copy = join(folder(), `copy${killed}`);
      cpSync(path(), copy, { recursive: true });
      for (const name of order.slice(0, killed)) rmSync(join(copy, "log", name));
      const logsGone = Math.min(killed, order.filter(isLog).length);
      assert.deepEqual(await jobsIn(copy), range(logsGone, 6), `killed after ${killed}`);
      const writer = openSmallStore(copy);
      const retention = startRetention(copy, {
        limits: { ageMax: undefined, bytesMax: undefined },
        now: () => dayOf(1000),
        onDropped: () => assert.fail("nothing is to go"),
        onFailed: (error) => assert.fail(error),
      });
      await retention.settled();
      await retention.close();
      await writer.close();
      assert.deepEqual(await jobsIn(copy), range(logsGone, 6));
      assert.deepEqual(
        filesIn(copy).filter((name) => Number.parseInt(name, 16) < logsGone),
        [],
      );
    }
  });

  it("D23 unlinks the log of a segment before anything beside it", async () => {
    await fillSmallStore(path(), 4);
    // What cannot be unlinked, a folder, stops it there, as a kill would.
    const index = join(path(), "log", "0000000000000000.jidx");
    rmSync(index);
    mkdirSync(index);
    await assert.rejects(prune(path()), /EISDIR|EPERM/);
    assert.deepEqual(await jobsIn(path()), [2, 3]);
  });

  it("leaves beside a log that somebody moved away what is newer than the oldest one", async () => {
    await fillSmallStore(path(), 4);
    rmSync(join(path(), "log", "0000000000000001.jlog"));
    writeFileSync(join(path(), "log", "0000000000000001.jlog.torn"), "torn");
    const kept = filesIn(path());
    const retention = startRetention(path(), {
      limits: { ageMax: undefined, bytesMax: undefined },
      now: () => dayOf(1000),
      onDropped: () => undefined,
      onFailed: (error) => assert.fail(error),
    });
    await retention.settled();
    await retention.close();
    assert.deepEqual(filesIn(path()), kept);
    assert.equal(readFileSync(join(path(), "log", "0000000000000001.jlog.torn"), "utf8"), "torn");
  });

  it("never uses an lsn twice, whatever was deleted", async () => {
    await fillSmallStore(path(), 4);
    await prune(path());
    const writer = openSmallStore(path());
    await appendJobs(writer, 4, 2);
    await writer.close();
    assert.deepEqual(await jobsIn(path()), [2, 3, 4, 5]);
  });

  it("D23 what is deleted does not come back when its log is compressed at that moment", async () => {
    const body = Buffer.from(
      JSON.stringify({ jobIds: [], traceIds: [], filler: "x".repeat(2000) }),
    );
    const gone: number[] = [];
    const parts = { retention: undefined as Retention | undefined };
    const writer = openSmallStore(path(), { onRotation: () => parts.retention?.afterRotation() });
    parts.retention = startRetention(path(), {
      limits: { ageMax: undefined, bytesMax: 1 },
      now: () => dayOf(1000),
      isSealing: (firstLsn) => writer.isSealing(firstLsn),
      onDropped: ({ drops }) => gone.push(...drops.map(({ segment }) => segment.firstLsn)),
      onFailed: (error) => assert.fail(error),
    });
    const batch = { ...batchOf([]), body, rawBytes: body.length };
    for (let i = 0; i < 100; i++) await writer.append(batch);
    await parts.retention.settled();
    await parts.retention.close();
    await writer.close();
    assert.ok(gone.length >= 10, `${gone.length} segments went`);
    const logs = filesIn(path())
      .filter(isLog)
      .map((name) => Number.parseInt(name, 16));
    assert.deepEqual(
      gone.filter((lsn) => logs.includes(lsn)),
      [],
    );
  });

  it("D26 a reader that asks something else between two jobs goes on", async () => {
    await fillSmallStore(path(), 6);
    const reader = openFileStoreReader(path(), { indexBatch: indexTestBatch });
    const seen: string[] = [];
    for await (const { jobId } of reader.jobs({})) {
      if (seen.length === 0) await prune(path());
      const [row] = await reader.findRows(jobId);
      assert.equal(row === undefined, Number(jobId.slice(3)) < 4);
      seen.push(jobId);
    }
    assert.deepEqual(
      seen.sort(),
      range(0, 6).map((number) => `job${number}`),
    );
    await reader.close();
  });

  it("D26 a reader in another process goes on, and sees what is left", async () => {
    await fillSmallStore(path(), 12);
    const script = fileURLToPath(new URL("./read-along.js", import.meta.url));
    const child = spawn(process.execPath, [script, path()], { stdio: ["pipe", "pipe", "pipe"] });
    const errors: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    const turns = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.equal((await turns.next()).value, "0 11");
    const pruner = createPruner(path(), { limits: KEEP_TWO, now: () => dayOf(1000) });
    for (let first = 1; first <= 10; first++) {
      await pruner.drop(await pruner.plan(1, 1));
      for (let seen = ""; seen !== `${first} 11`; ) {
        const turn = (await turns.next()) as IteratorResult<string, undefined>;
        if (turn.done === true) assert.fail(Buffer.concat(errors).toString());
        seen = turn.value;
      }
    }
    assert.equal(await ended(child), 0, Buffer.concat(errors).toString());
  });
});

function isLog(name: string): boolean {
  return name.endsWith(".jlog");
}

async function ended(child: ChildProcess): Promise<number | null> {
  child.stdin?.end();
  await once(child, "exit");
  return child.exitCode;
}
