/** Verifying the indexes of a store: their bytes, and that they tell what the log holds, no less and no more. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { temporaryFolder } from "../../temporary-folder.js";
import { appendJobs, openSmallStore } from "./small-store.js";
import { batchOf, rowOf, traceIdOf } from "./store-batches.js";
import { storeToDamage } from "./store-to-damage.js";

const TRACES = { traceIds: [traceIdOf("job1")] };

describe("verifyStore() of indexes", () => {
  const folder = temporaryFolder();
  const { sealed, live, fill, flip, verify, assertDamage } = storeToDamage(folder);

  it("names a sealed index with any flipped byte, which a lookup would not notice", async () => {
    await fill();
    const whole = readFileSync(sealed(0));
    for (let at = 0; at < whole.length; at += 7) {
      flip(sealed(0), at);
      const [damage, ...more] = (await verify()).damage;
      assert.ok(damage !== undefined && more.length === 0, `byte ${at}`);
      assert.equal(damage.file, sealed(0));
      assert.match(damage.reason, /^(?:the checksum|its header) does not match$/);
      assert.ok(damage.offset <= at && at < damage.offset + damage.length, `byte ${at}`);
      writeFileSync(sealed(0), whole);
    }
    truncateSync(sealed(0), 0);
    await assertDamage(8, [[sealed(0), 0, /^its header does not match$/]]);
    writeFileSync(sealed(0), whole.subarray(0, -1));
    await assertDamage(8, [[sealed(0), 0, /^its length does not match$/]]);
    rmSync(sealed(0));
    await assertDamage(8, []);
  });

  for (const [name, claimed, reason] of [
    ["does not tell of a job", batchOf(["another"], TRACES), /^it does not tell all of record 1: /],
    [
      "does not tell of a trace",
      batchOf(["job1"], { traceIds: [traceIdOf("another")] }),
      /^it does not tell all of record 1: /,
    ],
    [
      "tells another queue",
      batchOf([], { ...TRACES, rows: [{ ...rowOf("job1"), queue: "another" }] }),
      /^it does not tell all of record 1: /,
    ],
    [
      "tells of a job that is not there",
      batchOf(["job1", "another"], TRACES),
      /^it tells more than its log holds: delete it while nobody writes, and serve makes it again$/,
    ],
    [
      "tells of a trace that is not there",
      batchOf(["job1"], { traceIds: [traceIdOf("job1"), traceIdOf("another")] }),
      /^it tells more than its log holds: /,
    ],
  ] as const) {
    it(`names an index that is whole and ${name}, sealed or live`, async () => {
      const writer = openSmallStore(folder());
      await appendJobs(writer, 0, 1);
      await writer.append({ ...batchOf(["job1"]), index: claimed.index });
      await writer.close();
      await assertDamage(2, [[live(1), 0, reason]]);
      const next = openSmallStore(folder());
      await appendJobs(next, 2, 1);
      await next.close();
      assert.ok(existsSync(sealed(1)));
      await assertDamage(3, [[sealed(1), 0, reason]]);
    });
  }

  it("makes the index again when it was deleted as the message says", async () => {
    const writer = openSmallStore(folder());
    await writer.append({ ...batchOf(["job0"]), index: batchOf([]).index });
    await appendJobs(writer, 1, 1);
    await writer.close();
    await assertDamage(2, [[sealed(0), 0, /delete it/]]);
    rmSync(sealed(0));
    await openSmallStore(folder()).close();
    assert.ok(existsSync(sealed(0)));
    await assertDamage(2, []);
  });

  it("names a live index with any flipped byte, and not one that ends anywhere or in zeros", async () => {
    await fill();
    const whole = readFileSync(live(6));
    const second = whole.readUInt32LE(8);
    for (let at = 0; at < whole.length; at += 5) {
      writeFileSync(live(6), whole);
      flip(live(6), at);
      // A length that grew looks like a run that is still being written.
      if (at % second >= 8 && at % second < 12) continue;
      const offset = at < second ? 0 : second;
      const [damage] = await assertDamage(8, [[live(6), offset, /^the checksum does not match$/]]);
      assert.equal(damage?.length, whole.length - offset);
    }
    for (let length = 0; length < whole.length; length += 50) {
      writeFileSync(live(6), whole.subarray(0, length));
      await assertDamage(8, []);
    }
    writeFileSync(live(6), Buffer.concat([whole, Buffer.alloc(4096)]));
    await assertDamage(8, []);
  });
});
