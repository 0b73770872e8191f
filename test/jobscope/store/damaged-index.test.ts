/** Indexes that are gone, cut, stale or of another store: they can be made from the log, so nobody needs to hear of it. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { batchOf } from "./store-batches.js";
import { flipBit, IDS, storeUnderTest } from "./store-under-test.js";

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

  it("D10 of its log before that was compressed, put back: ignored, the same answers", async () => {
    await fill(IDS.slice(0, 4), { segmentBytesMax: 900 });
    const live = logFiles(".jlix").at(-1) ?? "";
    const before = readFileSync(live);
    await fill(IDS.slice(4), { segmentBytesMax: 900 });
    const sealed = live.replace(".jlix", ".jidx");
    assert.ok(statSync(sealed).size > 0);
    rmSync(sealed);
    writeFileSync(live, before);
    await assertHas(IDS);
    await fill(["next"], { segmentBytesMax: 900 });
    await assertHas([...IDS, "next"]);
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
