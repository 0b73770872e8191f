/** The parts of the open segment's index: they make answers quicker and never other ones. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openStoreFolder } from "../../../src/jobscope/store/store-folder.js";
import { readRunHeader } from "../../../src/jobscope/store/run-layout.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { collect } from "./job-store-contract.js";
import { range } from "./small-store.js";
import { batchOf, indexTestBatch, traceIdOf } from "./store-batches.js";

/** A batch of so many is a few hundred kilobytes of the live index, and a part is made of a megabyte. */
const JOBS_PER_BATCH = 2500;
const PARTS = 3;
/** Far more than that many parts need, however late the thread is that makes them. */
const BATCHES_MAX = 100;

describe("the parts of the open segment's index", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const parts = (path = store()): string => join(path, "log", "0000000000000000.jpix");

  /** Appends batches until `isEnough`. Returns how many there are now. */
  async function append(
    from: number,
    isEnough: (count: number) => boolean,
    segmentSpansMax = 1_000_000,
  ): Promise<number> {
    const writer = openFileStoreWriter(store(), {
      indexBatch: indexTestBatch,
      now: () => unixNano(1n),
      durability: { kind: "none" },
      segmentSpansMax,
    });
    let count = from;
    for (; !isEnough(count) && count < BATCHES_MAX; count++) {
      const own = range(0, JOBS_PER_BATCH).map((job) => `b${count}-${job}`);
      // One job that is in every batch, so in every part.
      await writer.append(batchOf(["everywhere", ...own]));
    }
    await writer.close();
    return count;
  }

  const fill = (): Promise<number> => append(0, () => partCount() >= PARTS);
  const appendOne = (from: number, segmentSpansMax?: number): Promise<number> =>
    append(from, (count) => count > from, segmentSpansMax);

  function partCount(path = store()): number {
    const { storeId } = openStoreFolder(path);
    const bytes = existsSync(parts(path)) ? readFileSync(parts(path)) : Buffer.alloc(0);
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      const header = readRunHeader(bytes.subarray(at), storeId);
      if (header === undefined) break;
      at += header.length;
    }
    return count;
  }

  /** Everything a reader says of the store, and the damage it met meanwhile. */
  async function answers(path = store()) {
    const reader = openFileStoreReader(path, { indexBatch: indexTestBatch });
    const ids = ["everywhere", "b0-0", "b7-1234", "nobody"];
    const said = {
      rows: await Promise.all(ids.map((id) => reader.findRows(id))),
      traces: await Promise.all(ids.map((id) => reader.findTrace(traceIdOf(id)))),
      prefixed: await reader.findJobIds("b1", 5000),
      traceIds: await reader.findTraceIds(traceIdOf("b3-7").slice(0, 8), 100),
      jobs: new Set((await collect(reader.jobs({}))).map(({ jobId }) => jobId)),
      lsns: (await collect(reader.batches())).map(({ lsn }) => lsn),
    };
    const { damage, ...info } = await reader.info();
    await reader.close();
    return { said, damage, counts: [info.batchCount, info.spanCount] };
  }

  it("say what the live index says", async () => {
    const batches = await fill();
    assert.ok(partCount() >= PARTS, `${partCount()} parts`);
    const withParts = await answers();
    assert.equal(withParts.said.rows[0]?.length, batches);
    assert.equal(withParts.said.jobs.size, batches * JOBS_PER_BATCH + 1);
    rmSync(parts());
    assert.deepEqual(await answers(), withParts);
  });

  it("D9 cut short anywhere: ignored", async () => {
    await fill();
    const { said } = await answers();
    const { length } = readFileSync(parts());
    for (const keep of [length - 1, Math.floor(length / 2), 1000, 127, 1, 0]) {
      truncateSync(parts(), keep);
      const cut = await answers();
      assert.deepEqual(cut.said, said, `cut to ${keep}`);
      assert.deepEqual(cut.damage, []);
    }
  });

  it("D9 a changed byte: reported where a page is read, and the live index is used", async () => {
    await fill();
    const { said } = await answers();
    const good = readFileSync(parts());
    const reported = new Set<string>();
    for (let at = 0; at < good.length; at += Math.floor(good.length / 6)) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(parts(), bytes);
      const damaged = await answers();
      assert.deepEqual(damaged.said, said, `byte ${at}`);
      for (const { file } of damaged.damage) reported.add(file);
    }
    assert.deepEqual([...reported], [parts()]);
  });

  it("of another store are not believed", async () => {
    await fill();
    const foreign = readFileSync(parts());
    rmSync(store(), { recursive: true });
    await fill();
    const { said } = await answers();
    writeFileSync(parts(), foreign);
    assert.equal(partCount(), 0);
    assert.deepEqual((await answers()).said, said);
  });

  it("go when a writer opens the segment again, and come back as it grows", async () => {
    const before = await fill();
    const after = await appendOne(before);
    // All that was there before is in the first part.
    assert.equal(partCount(), 1);
    assert.equal((await answers()).said.rows[0]?.length, after);
  });

  it("go when the segment is sealed", async () => {
    const before = await fill();
    assert.ok(existsSync(parts()));
    const after = await appendOne(before, 1);
    assert.ok(!existsSync(parts()));
    assert.equal((await answers()).said.rows[0]?.length, after);
  });
});
