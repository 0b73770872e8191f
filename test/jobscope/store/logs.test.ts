/** Batches of logs in the file store: sealed, compressed, recovered, verified like any other, and of stores without them. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { finishRecordHeader, readRecord } from "../../../src/jobscope/store/record.js";
import { SEGMENT_HEADER_BYTES } from "../../../src/jobscope/store/segment.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { collect } from "./job-store-contract.js";
import { filesIn, openSmallStore } from "./small-store.js";
import { batchOf, indexTestBatch, logsOf, traceIdOf } from "./store-batches.js";
import { storeToDamage } from "./store-to-damage.js";

describe("logs in the file store", () => {
  const folder = temporaryFolder();
  const { logPath, log, verify, edit } = storeToDamage(folder);
  const trace = traceIdOf("trace");

  /** Record 0 holds spans, 1 and 2 hold logs, in `segments` segments. */
  async function fill(segmentBytesMax?: number): Promise<void> {
    const writer = openSmallStore(folder(), { segmentBytesMax: segmentBytesMax ?? 1 });
    await writer.append(batchOf(["job"], { traceIds: [trace] }));
    await writer.append(logsOf([trace, traceIdOf("other")], { fillerBytes: 1_000 }));
    await writer.append(logsOf([trace]));
    await writer.close();
  }

  async function assertFound(): Promise<void> {
    const reader = openFileStoreReader(folder(), { indexBatch: indexTestBatch });
    assert.deepEqual(await reader.findTrace(trace), [0]);
    assert.deepEqual(await reader.findLogs(trace), [1, 2]);
    const signals = (await collect(reader.batches())).map(({ signal, logCount }) => [
      signal,
      logCount,
    ]);
    assert.deepEqual(signals, [
      ["traces", 0],
      ["logs", 2],
      ["logs", 1],
    ]);
    await reader.close();
  }

  it("are found when their segment is sealed and their bodies are compressed", async () => {
    await fill();
    assert.ok(filesIn(folder()).filter((name) => name.endsWith(".jidx")).length >= 2);
    const reader = openFileStoreReader(folder(), { indexBatch: indexTestBatch });
    assert.equal((await reader.read(1))?.codec, "brotli");
    await reader.close();
    await assertFound();
    const { damage, recordCount, spanCount, logCount } = await verify();
    assert.deepEqual([damage, recordCount, spanCount, logCount], [[], 3, 1, 3]);
  });

  it("are found when every index is lost, by a reader and after the next opening", async () => {
    for (const segmentBytesMax of [1, 1_000_000]) {
      await fill(segmentBytesMax);
      for (const name of filesIn(folder())) if (!name.endsWith(".jlog")) rmSync(logPath(name));
      await assertFound();
      await openSmallStore(folder(), { segmentBytesMax }).close();
      await assertFound();
      rmSync(folder(), { recursive: true });
    }
  });

  it("do not match a header that counts them wrongly", async () => {
    await fill();
    edit(log(2), (bytes) => {
      bytes.writeUInt32LE(7, SEGMENT_HEADER_BYTES + 36);
      finishRecordHeader(bytes, SEGMENT_HEADER_BYTES, 2);
    });
    const { damage } = await verify();
    assert.match(damage[0]?.reason ?? "", /holds 1 log records, the header says 7/);
  });

  it("of a later version's signal are kept, passed over, and not written anew", async () => {
    await fill();
    const file = log(2);
    const bytes = readFileSync(file);
    bytes.writeUInt8(9, SEGMENT_HEADER_BYTES + 29);
    finishRecordHeader(bytes, SEGMENT_HEADER_BYTES, 2);
    writeFileSync(file, bytes);
    for (const name of filesIn(folder()))
      if (name.endsWith(".jlix") || name.endsWith(".jpix")) rmSync(logPath(name));
    // Opened for writing it is recovered, and closed by the next batch.
    const writer = openSmallStore(folder());
    await writer.append(batchOf(["after"]));
    await writer.close();
    const reader = openFileStoreReader(folder(), { indexBatch: indexTestBatch });
    assert.equal((await reader.read(2))?.signal, "unknown");
    assert.deepEqual(await reader.findLogs(trace), [1]);
    assert.equal((await reader.findRows("after"))[0]?.lsn, 3);
    await reader.close();
    const read = readRecord(readFileSync(file), SEGMENT_HEADER_BYTES);
    assert.equal(read.kind === "record" && read.record.codec, "identity");
    assert.deepEqual((await verify()).damage, []);
  });
});
