/**
 * Bits flipped anywhere in a store: no answer is wrong, and what is missing is said to be. The last test shows that the
 * look at the answers notices a wrong one.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { StoreError } from "../../../src/jobscope/store/store-error.js";
import { seededRandom } from "../../seeded-random.js";
import { batchOf, rowOf } from "./store-batches.js";
import { flipBit, IDS, LARGE, storeUnderTest } from "./store-under-test.js";

/** Of each kind of file; more in the long runs. */
const FLIPS = Number(process.env["FLIPS"] ?? 150);

interface Answers {
  /** Not what was appended. */
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
  /** Whether the damage was told, or the store refused by name. */
  readonly isReported: boolean;
}

describe("M3 a flipped bit", function () {
  this.timeout(60_000);
  const store = storeUnderTest();
  const { fill, logFiles, openReader } = store;

  /** Asks for everything that was appended. */
  async function ask(): Promise<Answers> {
    const wrong: string[] = [];
    const missing: string[] = [];
    try {
      const reader = openReader();
      for (const id of IDS) {
        const rows = await reader.findRows(id);
        const { lsn, ...row } = rows[0] ?? { lsn: -1 };
        const batch = await reader.read(lsn);
        if (batch === undefined) missing.push(id);
        else if (!Buffer.from(batch.raw()).equals(Buffer.from(batchOf([id], LARGE).body)))
          wrong.push(id);
        if (rows.length > 0 && !isSame(row, rowOf(id))) wrong.push(id);
      }
      const { damage } = await reader.info();
      await reader.close();
      return { wrong, missing, isReported: damage.length > 0 };
    } catch (error) {
      assert.ok(error instanceof StoreError, String(error));
      return { wrong, missing: IDS, isReported: true };
    }
  }

  const kinds: Readonly<Record<string, () => string>> = {
    "a log that is written": () => logFiles(".jlog").at(-1) ?? "",
    "a sealed log": () => logFiles(".jlog")[0] ?? "",
    "a live index": () => logFiles(".jlix")[0] ?? "",
    "a sealed index": () => logFiles(".jidx")[0] ?? "",
    "STORE.json": () => join(store.path(), "STORE.json"),
  };
  for (const [name, fileOf] of Object.entries(kinds)) {
    it(`D4 in ${name}: no answer is wrong, what is missing is reported`, async () => {
      await fill(IDS, { segmentBytesMax: 8000 }, LARGE);
      const file = fileOf();
      const whole = readFileSync(file);
      const random = seededRandom(Number(process.env["SEED"] ?? 4));
      for (let flip = 0; flip < FLIPS; flip++) {
        const bit = random.below(whole.length * 8);
        flipBit(file, bit);
        const { wrong, missing, isReported } = await ask();
        assert.deepEqual(wrong, [], `bit ${bit} of ${file}`);
        // Of the newest log, damage in the last record is the same as a torn tail: nothing tells them apart.
        const isTorn = missing.every((id) => id === IDS.at(-1));
        assert.ok(
          isReported || isTorn,
          `bit ${bit} of ${file} lost ${missing.join(", ")} in silence`,
        );
        if (!isReported && name !== "a log that is written") assert.deepEqual(missing, []);
        writeFileSync(file, whole);
      }
      assert.deepEqual(await ask(), { wrong: [], missing: [], isReported: false });
    });
  }

  it("D4 in each record's body: only that one is lost", async () => {
    await fill(IDS.slice(0, 4), {}, LARGE);
    const [file = ""] = logFiles(".jlog");
    const whole = readFileSync(file);
    for (let at = 64; at < whole.length; at += 40 + align(whole.readUInt32LE(at))) {
      flipBit(file, (at + 50) * 8);
      const { wrong, missing } = await ask();
      assert.deepEqual(wrong, []);
      assert.equal(missing.filter((id) => IDS.indexOf(id) < 4).length, 1);
      writeFileSync(file, whole);
    }
  });

  it("M11 wrong bytes under a right checksum are noticed", async () => {
    await fill(IDS, {}, LARGE);
    const [file = ""] = logFiles(".jlog");
    const bytes = readFileSync(file);
    const body = { begin: 64 + 40, end: 64 + 40 + bytes.readUInt32LE(64) };
    const at = bytes.indexOf('"filler"', body.begin);
    assert.ok(at < body.end);
    bytes.write('"FILLER"', at);
    bytes.writeUInt32LE(crc32(bytes.subarray(64 + 8, body.end)), 64 + 4);
    writeFileSync(file, bytes);
    assert.deepEqual((await ask()).wrong, [IDS[0]]);
  });
});

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function isSame(a: object, b: object): boolean {
  const sorted = (object: object): readonly (readonly [string, string])[] =>
    Object.entries(object)
      .map(([key, value]) => [key, String(value)] as const)
      .sort(([x], [y]) => (x < y ? -1 : 1));
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
