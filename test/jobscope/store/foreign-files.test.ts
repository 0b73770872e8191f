/** Files that are not this store's: refused by name and left as they are. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { StoreError } from "../../../src/jobscope/store/store-error.js";
import { indexTestBatch } from "./store-batches.js";
import { IDS, storeUnderTest } from "./store-under-test.js";

describe("files of others", () => {
  const store = storeUnderTest();
  const { fill, openWriter, openReader } = store;

  it("D9 a foreign file: refused by name, untouched", async () => {
    await fill(IDS.slice(0, 1));
    const foreign = join(store.path(), "log", "00000000000000ff.jlog");
    writeFileSync(foreign, "x".repeat(200));
    assert.throws(
      () => openWriter(),
      (error: Error) => error instanceof StoreError && error.message.includes(foreign),
    );
    const reader = openReader();
    await assert.rejects(reader.findRows("a"), (error: Error) => error.message.includes(foreign));
    await reader.close();
    assert.equal(readFileSync(foreign, "utf8"), "x".repeat(200));
  });

  it("D9 names that are none of ours: ignored, untouched", async () => {
    await fill(IDS.slice(0, 2));
    const names = ["notes.txt", "mine.tmp", "0000000000000000.jlog.bak", "00.jlog", "x.jidx"];
    const files = names.map((name) => join(store.path(), "log", name));
    for (const file of files) writeFileSync(file, "mine");
    await fill(IDS.slice(2, 4), { segmentBytesMax: 1 });
    await store.assertHas(IDS.slice(0, 4));
    for (const file of files) assert.equal(readFileSync(file, "utf8"), "mine");
  });

  it("what a killed rotation or sealing left behind: gone after the next opening", async () => {
    await fill(IDS.slice(0, 1));
    const left = ["0000000000000000.jidx.tmp", "0000000000000001.jlog.tmp"];
    for (const name of left) writeFileSync(join(store.path(), "log", name), "x");
    await fill(["next"]);
    assert.deepEqual(store.logFiles(".tmp"), []);
  });

  it("D9 a log of another store: refused by name", async () => {
    await fill(IDS.slice(0, 1));
    const other = join(store.path(), "other");
    mkdirSync(other);
    await openFileStoreWriter(other, {
      indexBatch: indexTestBatch,
      now: () => unixNano(1n),
    }).close();
    copyFileSync(
      join(other, "log", "0000000000000000.jlog"),
      join(store.path(), "log", "00000000000000ff.jlog"),
    );
    assert.throws(() => openWriter(), /belongs to another store/);
  });

  it("X8 a segment that is a link: refused by name, by who writes and by who reads, and not followed", async () => {
    await fill(IDS.slice(0, 1));
    const elsewhere = join(store.path(), "elsewhere");
    const log = join(store.path(), "log", "0000000000000000.jlog");
    renameSync(log, elsewhere);
    symlinkSync(elsewhere, log);
    const before = readFileSync(elsewhere);
    const namesIt = (error: Error): boolean =>
      error instanceof StoreError && error.message.includes(`${log}: it is a symbolic link`);
    assert.throws(() => openWriter(), namesIt);
    const reader = openReader();
    await assert.rejects(reader.findRows("a"), namesIt);
    await reader.close();
    assert.deepEqual(readFileSync(elsewhere), before);
  });

  it("X8 a link where the next segment is made: replaced, and not followed", async () => {
    await fill(IDS.slice(0, 1));
    const victim = join(store.path(), "victim");
    writeFileSync(victim, "mine");
    symlinkSync(victim, join(store.path(), "log", "0000000000000001.jlog.tmp"));
    await fill(IDS.slice(1, 4), { segmentBytesMax: 1 });
    await store.assertHas(IDS.slice(0, 4));
    assert.equal(readFileSync(victim, "utf8"), "mine");
  });

  it("D9 a store of a newer format: refused, untouched", async () => {
    await fill(IDS.slice(0, 1));
    const file = join(store.path(), "STORE.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"format":1', '"format":2'));
    assert.throws(() => openWriter(), /its format is 2 and this version reads 1/);
    assert.throws(() => openReader(), /its format is 2/);
  });

  it("no store: said so", () => {
    assert.throws(
      () => openFileStoreReader(join(store.path(), "nowhere"), { indexBatch: indexTestBatch }),
      (error: Error) => error instanceof StoreError && error.code === "no_store",
    );
  });
});
