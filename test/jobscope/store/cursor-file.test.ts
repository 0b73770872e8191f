/** Where a forwarder stands in the log, whatever happened to the file that says so. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createCheckpoints } from "../../../src/exporters/checkpoints.js";
import { cursorFile, openCursor, readCursor } from "../../../src/jobscope/store/cursor-file.js";
import { openStoreFolder, type StoreFolder } from "../../../src/jobscope/store/store-folder.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { indexBatch } from "../../../src/processor/batch-index.js";
import { temporaryFolder } from "../../temporary-folder.js";

describe("a cursor", () => {
  const folder = temporaryFolder();
  const file = (): string => cursorFile(folder(), "peer");

  async function openFolder(path = folder()): Promise<StoreFolder> {
    await openFileStoreWriter(path, { indexBatch, now: () => unixNano(1n) }).close();
    return openStoreFolder(path);
  }

  it("E14 says what was saved last, synced or not, also to one who opens it anew", async () => {
    const store = await openFolder();
    assert.deepEqual(readCursor(store, file()), { kind: "none" });
    for (const next of [1, 2, 3, 4, 5]) {
      const cursor = openCursor(store, "peer");
      cursor.save(next * 10);
      cursor.save(next * 10 + 1);
      if (next % 2 === 0) cursor.sync();
      cursor.save(next * 10 + 2);
      cursor.close();
      assert.deepEqual(readCursor(store, file()), { kind: "at", next: next * 10 + 2 });
    }
  });

  it("E14 never writes over what was synced: a later write that is torn at any byte leaves it", async () => {
    const store = await openFolder();
    const cursor = openCursor(store, "peer");
    cursor.save(7);
    cursor.sync();
    const synced = readFileSync(file());
    cursor.save(8);
    cursor.save(9);
    cursor.close();
    const later = readFileSync(file());
    const changed = [...later].flatMap((byte, at) => (byte === synced[at] ? [] : [at]));
    assert.ok(changed.length > 0);
    for (const at of changed) {
      const torn = Buffer.concat([later.subarray(0, at), synced.subarray(at)]);
      writeFileSync(file(), torn);
      const read = readCursor(store, file());
      assert.ok(read.kind === "at" && [7, 9].includes(read.next), `torn at ${at}`);
    }
  });

  it("E15 is damaged when neither slot is whole, and not believed when it is another store's", async () => {
    const store = await openFolder();
    const cursor = openCursor(store, "peer");
    cursor.save(7);
    cursor.close();
    const whole = readFileSync(file());
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1024), whole.subarray(0, 20)]) {
      writeFileSync(file(), bytes);
      assert.equal(readCursor(store, file()).kind, "damaged");
    }
    writeFileSync(file(), whole);
    const other = { ...store, storeId: Buffer.alloc(16, 1) };
    assert.equal(readCursor(other, file()).kind, "damaged");
  });
});

describe("checkpoints", () => {
  it("E14 write after a thousand spans, and sync when nothing is under way", () => {
    const calls: string[] = [];
    const checkpoints = createCheckpoints(0, {
      save: (next) => void calls.push(`save ${next}`),
      sync: () => void calls.push("sync"),
    });
    checkpoints.moved(1, 600);
    assert.deepEqual(calls, []);
    checkpoints.moved(2, 600);
    assert.deepEqual(calls, ["save 2"]);
    checkpoints.moved(3, 600);
    checkpoints.settle();
    assert.deepEqual(calls, ["save 2", "save 3", "sync"]);
    checkpoints.settle();
    assert.equal(calls.length, 3);
  });
});
