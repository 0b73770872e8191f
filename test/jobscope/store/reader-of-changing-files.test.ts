/** A reader that stays open while segments are sealed, compressed and deleted under it. */
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { collect } from "./job-store-contract.js";
import { fillSmallStore, openSmallStore, range } from "./small-store.js";
import { batchOf, indexTestBatch, traceIdOf } from "./store-batches.js";

const JOBS = range(0, 3000).map((number) => `job${number}`);

describe("a reader of files that change", () => {
  const folder = temporaryFolder();
  const path = (): string => join(folder(), "store");
  const file = (name: string): string => join(path(), "log", name);
  const openReader = (): JobStoreReader =>
    openFileStoreReader(path(), { indexBatch: indexTestBatch });

  /** Three closed segments with more jobs than stand on one page, and an empty open one. */
  async function fill(): Promise<void> {
    const writer = openSmallStore(path());
    for (const letter of ["a", "b", "c", "d"])
      await writer.append(batchOf(JOBS.map((id) => letter + id)));
    await writer.close();
  }

  function deleteSegment(lsn: number): void {
    for (const suffix of ["jlog", "jidx"]) rmSync(file(`000000000000000${lsn}.${suffix}`));
  }

  /** Files of the store that this process holds open; undefined where the system does not tell. */
  function openFiles(): readonly string[] | undefined {
    if (!existsSync("/proc/self/fd")) return undefined;
    return readdirSync("/proc/self/fd")
      .map((fd) => {
        try {
          return readlinkSync(join("/proc/self/fd", fd));
        } catch {
          // The descriptor of this very listing.
          return "";
        }
      })
      .filter((target) => target.startsWith(path()));
  }

  it("D26 lists the jobs of a segment to the end that is deleted meanwhile, then lets go of it", async () => {
    await fill();
    const reader = openReader();
    const seen = new Set<string>();
    for await (const { jobId } of reader.jobs({})) {
      if (seen.size === 0) for (const lsn of [0, 1, 2]) deleteSegment(lsn);
      seen.add(jobId);
      assert.equal((await reader.findRows(jobId)).length, jobId.startsWith("d") ? 1 : 0);
    }
    assert.equal(seen.size, 4 * JOBS.length);
    assert.deepEqual(openFiles()?.filter((name) => name.includes("deleted")) ?? [], []);
    await reader.close();
    assert.deepEqual(openFiles() ?? [], []);
  });

  it("lets go of what was deleted when a list is left before its end", async () => {
    await fill();
    const reader = openReader();
    for await (const { jobId } of reader.jobs({})) {
      for (const lsn of [0, 1, 2]) deleteSegment(lsn);
      assert.ok(jobId);
      await reader.findRows("djob0");
      break;
    }
    assert.deepEqual(openFiles()?.filter((name) => name.includes("deleted")) ?? [], []);
    await reader.close();
  });

  it("ends a list that was begun before it was closed", async () => {
    await fill();
    const reader = openReader();
    let count = 0;
    for await (const { jobId } of reader.jobs({})) {
      assert.ok(jobId);
      if (count++ === 0) await reader.close();
    }
    assert.equal(count, 4 * JOBS.length);
    assert.deepEqual(openFiles() ?? [], []);
  });

  it("reads batches on behind the segments that are deleted meanwhile", async () => {
    await fillSmallStore(path(), 8);
    const reader = openReader();
    const lsns: number[] = [];
    for await (const { lsn } of reader.batches()) {
      if (lsn === 1) for (const each of [0, 1, 2, 3, 4]) deleteSegment(each);
      lsns.push(lsn);
    }
    assert.deepEqual(lsns, [0, 1, 5, 6, 7]);
    await reader.close();
  });

  it("D23 answers the same at each step of sealing, whether opened before, between or after", async () => {
    const ids = range(0, 20).map((number) => `job${number}`);
    const writer = openSmallStore(path(), { segmentSpansMax: 20, segmentBytesMax: 1e9 });
    for (const id of ids) await writer.append(batchOf([id], { fillerBytes: 2000 }));
    const begun = join(folder(), "begun");
    cpSync(path(), begun, { recursive: true });
    await writer.append(batchOf(["next"]));
    await writer.close();
    const sealed = join(folder(), "sealed");
    renameSync(path(), sealed);
    cpSync(begun, path(), { recursive: true });
    const name = "0000000000000000";
    const put = (suffix: string): void => {
      cpSync(join(sealed, "log", `${name}.${suffix}`), file("new"));
      renameSync(file("new"), file(`${name}.${suffix}`));
    };
    const steps: readonly (() => void)[] = [
      () => undefined,
      () => put("jidx"),
      () => put("jlog"),
      () => rmSync(file(`${name}.jlix`)),
    ];
    const readers: JobStoreReader[] = [];
    for (const [step, take] of steps.entries()) {
      take();
      readers.push(openReader());
      for (const [opened, reader] of readers.entries())
        await assertAnswers(reader, ids, `opened at ${opened}, asked at ${step}`);
    }
    for (const reader of readers) await reader.close();
    assert.deepEqual(openFiles() ?? [], []);
  });

  it("answers from the log when its live index went before the compressed log came", async () => {
    await fillSmallStore(path(), 2);
    cpSync(file("0000000000000001.jlog"), join(folder(), "kept"));
    rmSync(file("0000000000000001.jlix"));
    const reader = openReader();
    await assertAnswers(reader, ["job0", "job1"], "without a live index");
    await reader.close();
  });

  it("opens the others no more often than closes them while one cannot be read", async () => {
    await fillSmallStore(path(), 4);
    writeFileSync(file("0000000000000002.jlog"), "x".repeat(100));
    const reader = openReader();
    for (let i = 0; i < 3; i++)
      await assert.rejects(reader.findRows("job0"), /cannot read .*2\.jlog/);
    assert.deepEqual(openFiles() ?? [], []);
    await reader.close();
  });
});

async function assertAnswers(
  reader: JobStoreReader,
  ids: readonly string[],
  message: string,
): Promise<void> {
  for (const [lsn, id] of ids.entries()) {
    assert.deepEqual(
      (await reader.findRows(id)).map((row) => row.lsn),
      [lsn],
      message,
    );
    assert.deepEqual(await reader.findTrace(traceIdOf(id)), [lsn], message);
    const batch = await reader.read(lsn);
    assert.equal(
      batch === undefined ? "" : JSON.parse(String(Buffer.from(batch.raw()))).jobIds[0],
      id,
      message,
    );
  }
  const lsns = (await collect(reader.batches())).map(({ lsn }) => lsn);
  assert.deepEqual(lsns.slice(0, ids.length), [...ids.keys()], message);
}
