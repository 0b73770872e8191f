/** Clocks that jump: the order of records is that of their numbers, whatever the time was. */
import assert from "node:assert/strict";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { collect } from "./job-store-contract.js";
import { batchOf } from "./store-batches.js";
import { IDS, storeUnderTest } from "./store-under-test.js";

const HOUR = 3600n * 1_000_000_000n;
const YEAR = 365n * 24n * HOUR;
const NOW = 1_800_000_000_000_000_000n;

const JUMPS: Readonly<Record<string, readonly bigint[]>> = {
  "back by an hour": [0n, -HOUR],
  "back by ten years": [0n, -10n * YEAR],
  "to 1970": [0n, -NOW],
  "forward by ten years, and back": [0n, 10n * YEAR, 0n],
  "to and fro": [0n, HOUR, -HOUR, YEAR, -YEAR, 0n],
};

describe("a clock", () => {
  const { fill, assertHas, logFiles, openWriter, openReader } = storeUnderTest();

  for (const [name, offsets] of Object.entries(JUMPS)) {
    it(`D21 that jumps ${name}: numbers go on, everything is found, a jump begins at most one segment`, async () => {
      let time = NOW;
      const writer = openWriter({ now: () => unixNano(time) });
      let at = 0;
      for (const offset of offsets) {
        time = NOW + offset;
        for (const id of IDS.slice(at, at + 3)) {
          const receivedAt = unixNano(time);
          assert.equal(await writer.append({ ...batchOf([id]), receivedAt }), at++);
        }
      }
      await writer.close();
      assert.ok(logFiles(".jlog").length <= offsets.length);
      await assertHas(IDS.slice(0, at));
      // And over openings, each with a clock of its own.
      await fill(["next"], { now: () => unixNano(1n) });
      await fill(["last"], { now: () => unixNano(NOW + 20n * YEAR) });
      const reader = openReader();
      const lsns = (await collect(reader.batches())).map(({ lsn }) => lsn);
      assert.deepEqual(lsns, [...Array(at + 2).keys()]);
      const { newest, oldest } = await reader.info();
      assert.ok(newest !== undefined && oldest !== undefined && oldest <= newest);
      await reader.close();
    });
  }
});
