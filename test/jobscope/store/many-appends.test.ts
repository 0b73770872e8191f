/** Appends that overlap, of many sizes, over many segments: each gets a number of its own, and its own bytes stand there. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { seededRandom } from "../../seeded-random.js";
import { batchOf } from "./store-batches.js";
import { storeUnderTest } from "./store-under-test.js";

const APPENDS = 1000;

describe("many appends at once", function () {
  this.timeout(60_000);
  const { openWriter, openReader } = storeUnderTest();

  it(`D27 ${APPENDS} of them: numbered without a gap in the order of the calls, each readable by its number`, async () => {
    const random = seededRandom(Number(process.env["SEED"] ?? 27));
    const writer = openWriter({ segmentBytesMax: 64 * 1024 });
    const appended: { readonly body: Uint8Array; readonly lsn: Promise<number> }[] = [];
    for (let i = 0; i < APPENDS; i++) {
      const fillerBytes = random.pick([0, 10, 1000, 30_000]);
      const batch = batchOf([`job-${i}`], { fillerBytes, gzip: random.below(2) === 0 });
      const body = Uint8Array.from(batch.body);
      appended.push({ body, lsn: writer.append(batch) });
      // The caller may use its memory again at once.
      batch.body.fill(0);
      if (random.below(20) === 0) await setImmediate();
    }
    const lsns = await Promise.all(appended.map(({ lsn }) => lsn));
    assert.deepEqual(lsns, [...lsns.keys()]);
    await writer.close();
    const reader = openReader();
    for (const [i, { body }] of appended.entries()) {
      const batch = await reader.read(i);
      assert.ok(batch, `record ${i}`);
      // A plain body may have been compressed since.
      const is = batch.codec === "brotli" ? batch.raw() : batch.body;
      assert.ok(Buffer.from(is).equals(Buffer.from(body)), `record ${i}`);
    }
    await reader.close();
  });
});
