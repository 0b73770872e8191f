/** Indexes that are gone, cut, stale or of another store: they can be made from the log, so nobody needs to hear of it. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { batchOf } from "./store-batches.js";
import { flipBit, IDS, LARGE, storeUnderTest } from "./store-under-test.js";

describe("damage to an index", () => {
  const { fill, assertHas, logFiles, openWriter } = storeUnderTest();
  const cases: readonly (readonly [string, (file: string) => void])[] = [
    ["deleted", (file) => rmSync(file)],
    ["empty", (file) => truncateSync(file, 0)],
    ["cut in the header", (file) => truncateSync(file, 50)],
    ["cut in the middle", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ["full of zeros", (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    ["with a flipped bit in its header", (file) => flipBit(file, 20 * 8)],
  ];
  for (const [name, damage] of cases) {
    it(`D10 ${name}: ignored, the same answers, and made again by the writer`, async () => {
      await fill(IDS, { segmentBytesMax: 700 });
      for (const file of [...logFiles(".jidx"), ...logFiles(".jlix")]) damage(file);
      await assertHas(IDS);
      await fill(["next"], { segmentBytesMax: 700 });
      await assertHas([...IDS, "next"]);
    });
  }

  it("D10 a live index cut at every byte: ignored from there, the same answers", async () => {
    await fill(IDS.slice(0, 3));
    const [file = ""] = logFiles(".jlix");
    const bytes = readFileSync(file);
    for (let cut = 0; cut < bytes.length; cut += 3) {
      writeFileSync(file, bytes.subarray(0, cut));
      await assertHas(IDS.slice(0, 3));
    }
  });

  it("D10 a sealed index cut at any byte: ignored, the same answers", async () => {
    await fill(IDS.slice(0, 4), { segmentBytesMax: 300 });
    const [file = ""] = logFiles(".jidx");
    const bytes = readFileSync(file);
    for (let cut = 0; cut < bytes.length; cut += 7) {
      writeFileSync(file, bytes.subarray(0, cut));
      await assertHas(IDS.slice(0, 4));
    }
  });

  it("D10 behind its log, an old one put back: the log is read where it ends, the same answers", async () => {
    await fill(IDS.slice(0, 2));
    const [file = ""] = logFiles(".jlix");
    const old = readFileSync(file);
    await fill(IDS.slice(2, 6));
    writeFileSync(file, old);
    await assertHas(IDS.slice(0, 6));
    await fill(IDS.slice(6, 8));
    await assertHas(IDS.slice(0, 8));
  });

  it("D10 live, of its log before that was compressed, put back: ignored, the same answers", async () => {
    await fill(IDS.slice(0, 4), {}, LARGE);
    const [live = ""] = logFiles(".jlix");
    const before = readFileSync(live);
    await fill(["next"], { segmentBytesMax: 1 });
    rmSync(live.replace(".jlix", ".jidx"));
    writeFileSync(live, before);
    await assertHas([...IDS.slice(0, 4), "next"]);
    await fill(["last"]);
    await assertHas([...IDS.slice(0, 4), "next", "last"]);
  });

  it("D10 sealed, of its log before that was compressed, put back: ignored, the same answers", async () => {
    await fill(IDS, { segmentBytesMax: 5000, compress: false }, LARGE);
    const [sealed = ""] = logFiles(".jidx");
    const [log = ""] = logFiles(".jlog");
    const before = readFileSync(sealed);
    const { size } = statSync(log);
    rmSync(sealed);
    await fill(["next"]);
    assert.ok(statSync(log).size < size, "it was not compressed");
    writeFileSync(sealed, before);
    await assertHas([...IDS, "next"]);
    await fill(["last"]);
    await assertHas([...IDS, "next", "last"]);
  });

  it("D10 sealed, of its log after that is compressed, as a kill between the two renames leaves it: ignored, the same answers", async () => {
    await fill(IDS.slice(0, 4), {}, LARGE);
    const [log = ""] = logFiles(".jlog");
    const [live = ""] = logFiles(".jlix");
    const before = [log, live].map((file) => [file, readFileSync(file)] as const);
    await fill(["next"], { segmentBytesMax: 1 });
    assert.ok(statSync(live.replace(".jlix", ".jidx")).size > 0);
    for (const [file, bytes] of before) writeFileSync(file, bytes);
    await assertHas([...IDS.slice(0, 4), "next"]);
    await fill(["last"]);
    await assertHas([...IDS.slice(0, 4), "next", "last"]);
  });

  it("D10 of another store: ignored", async () => {
    await fill(IDS.slice(0, 3));
    const [file = ""] = logFiles(".jlix");
    const run = readFileSync(file);
    run.fill(7, 112, 128);
    writeFileSync(file, run);
    await assertHas(IDS.slice(0, 3));
  });

  it("D10 ahead of its log: ignored", async () => {
    await fill(IDS.slice(0, 2));
    const [log = ""] = logFiles(".jlog");
    const size = statSync(log).size;
    await fill(["gone"]);
    truncateSync(log, size);
    const writer = openWriter();
    assert.equal(await writer.append(batchOf(["next"])), 2);
    await writer.close();
    await assertHas([...IDS.slice(0, 2), "next"]);
  });
});
