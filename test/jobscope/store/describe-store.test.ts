/** What a store holds, told from the headers of its indexes. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeStore } from "../../../src/jobscope/store/describe-store.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { appendJobs, filesIn, openSmallStore } from "./small-store.js";
import { batchOf, indexTestBatch, rowOf } from "./store-batches.js";

describe("describeStore()", () => {
  const folder = temporaryFolder();
  const log = (firstLsn: number): string =>
    join(folder(), "log", `${firstLsn.toString(16).padStart(16, "0")}.jlog`);

  /** Three records to a segment: 0-2, 3-5, and 6-7 in the open one. */
  async function fill(): Promise<void> {
    const writer = openSmallStore(folder(), { segmentSpansMax: 3, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 8);
    await writer.close();
  }

  it("reads nothing of the log of a sealed segment but its header", async () => {
    await fill();
    const before = describeStore(folder(), indexTestBatch);
    for (const lsn of [0, 3]) {
      const bytes = readFileSync(log(lsn));
      writeFileSync(log(lsn), bytes.fill(0xff, 64));
    }
    assert.deepEqual(describeStore(folder(), indexTestBatch), before);
    assert.deepEqual(
      [before.segmentCount, before.batchCount, before.spanCount, before.jobCountMax],
      [3, 8, 8, 8],
    );
    assert.equal(before.logBytes + before.besideBytes, before.bytes);
  });

  it("counts a job once in each segment, however many batches it is in", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 6, segmentBytesMax: 1e9 });
    // An id that only leads to a job is none.
    const rows = [{ ...rowOf("lead"), role: "alias" } as const];
    for (let i = 0; i < 4; i++)
      await writer.append(batchOf(["again", "again", `job${i}`], { rows }));
    const open = describeStore(folder(), indexTestBatch);
    assert.deepEqual([open.segmentCount, open.jobCountMax], [2, 3 + 3]);
    await writer.append(batchOf(["again"]));
    await writer.close();
    const sealed = describeStore(folder(), indexTestBatch);
    assert.deepEqual([sealed.segmentCount, sealed.jobCountMax], [3, 3 + 3 + 1]);
  });

  it("counts the records that no index has, between segments and within, but not what retention deleted", async () => {
    await fill();
    const missing = (): number => describeStore(folder(), indexTestBatch).missingRecordCount;
    assert.equal(missing(), 0);
    const bytes = readFileSync(log(6));
    bytes.writeUInt8((bytes[110] ?? 0) ^ 1, 110);
    writeFileSync(log(6), bytes);
    for (const name of filesIn(folder()).filter((each) => each.endsWith(".jlix")))
      rmSync(join(folder(), "log", name));
    assert.equal(missing(), 1);
    rmSync(log(3));
    assert.equal(missing(), 4);
    rmSync(log(0));
    assert.equal(missing(), 1);
  });

  it("tells of an empty store", async () => {
    await openSmallStore(folder()).close();
    const { batchCount, jobCountMax, missingRecordCount, newest, writer } = describeStore(
      folder(),
      indexTestBatch,
    );
    assert.deepEqual(
      [batchCount, jobCountMax, missingRecordCount, newest, writer],
      [0, 0, 0, undefined, undefined],
    );
  });
});
