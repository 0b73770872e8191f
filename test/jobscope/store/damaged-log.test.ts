/**
 * Damage to log files, as docs/segment-format.md lists it. Each name says what becomes of it: *ignored* is never spoken of,
 * *reported* is told by the reader's `info()` or by the writer's recovery.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { collect } from "./job-store-contract.js";
import { batchOf } from "./store-batches.js";
import { flipBit, IDS, storeUnderTest } from "./store-under-test.js";

describe("damage at the end of the newest log", function () {
  this.timeout(60_000);
  const { fill, assertHas, logFiles, openWriter, openReader } = storeUnderTest();
  const log = (): string => logFiles(".jlog").at(-1) ?? "";
  const index = (): string => logFiles(".jlix").at(-1) ?? "";

  it("D3 M2 a record torn at any byte: ignored by a reader, reported and set aside by the writer, no other record lost", async () => {
    await fill(IDS.slice(0, 2));
    const whole = readFileSync(log());
    const wholeIndex = readFileSync(index());
    await fill(["last"]);
    const full = readFileSync(log());
    for (let cut = whole.length + 1; cut < full.length - 8; cut++) {
      writeFileSync(log(), full.subarray(0, cut));
      writeFileSync(index(), wholeIndex);
      await assertHas(IDS.slice(0, 2));
      const writer = openWriter();
      assert.deepEqual(
        [writer.recovery.tornBytes, writer.recovery.damage],
        [cut - whole.length, []],
        `cut at ${cut}`,
      );
      assert.deepEqual(readFileSync(`${log()}.torn`), full.subarray(whole.length, cut));
      assert.equal(await writer.append(batchOf(["next"])), 2);
      await writer.close();
      await assertHas([...IDS.slice(0, 2), "next"]);
    }
  });

  it("D39 a request of several jobs that is torn at any byte: none of them is there; whole: all are", async () => {
    const jobs = ["one", "two", "three"];
    const writer = openWriter();
    await writer.append(batchOf(["before"]));
    await writer.append(batchOf(jobs));
    await writer.close();
    const full = readFileSync(log());
    const found = async (): Promise<readonly string[]> => {
      const reader = openReader();
      const there: string[] = [];
      for (const id of ["before", ...jobs]) {
        const [row] = await reader.findRows(id);
        if (row !== undefined && (await reader.read(row.lsn)) !== undefined) there.push(id);
      }
      await reader.close();
      return there;
    };
    assert.deepEqual(await found(), ["before", ...jobs]);
    // With the index that knows them, and without: an index is not synced, so it may be ahead of its log.
    for (const keepsIndex of [true, false]) {
      if (!keepsIndex) rmSync(index());
      for (let cut = full.lastIndexOf("one"); cut < full.length - 8; cut++) {
        writeFileSync(log(), full.subarray(0, cut));
        assert.deepEqual(await found(), ["before"], `cut at ${cut}`);
      }
    }
    writeFileSync(log(), full);
    assert.deepEqual(await found(), ["before", ...jobs]);
  });

  it("M11 a record that is gone without a trace is noticed", async () => {
    await fill(IDS.slice(0, 3));
    const records = readFileSync(log());
    const third = records.lastIndexOf(Buffer.from(IDS[2] ?? ""));
    writeFileSync(log(), records.subarray(0, third - 40));
    await assert.rejects(assertHas(IDS.slice(0, 3)), /is lost|is unreadable/);
  });

  it("D3 a log cut at any byte, without its index: ignored, every record before the cut is found", async () => {
    const ends: number[] = [];
    const writer = openWriter();
    for (const id of IDS) {
      await writer.append(batchOf([id]));
      ends.push(statSync(log()).size);
    }
    await writer.close();
    const full = readFileSync(log());
    rmSync(index());
    for (let cut = full.length; cut >= 0; cut--) {
      truncateSync(log(), cut);
      const reader = openReader();
      // The padding of the last record is no part of it.
      const expected = ends.filter((end) => end - 8 < cut).length;
      const { batchCount, damage } = await reader.info();
      assert.ok(batchCount === expected || batchCount === expected - 1, `cut at ${cut}`);
      const whole = ends.filter((end) => end <= cut).length;
      assert.ok(batchCount >= whole, `cut at ${cut} lost a whole record`);
      assert.deepEqual(damage, []);
      await reader.close();
    }
  });

  for (const zeros of [1, 512, 4096, 1024 * 1024]) {
    it(`D7 ${zeros} zero bytes at the end: ignored by a reader, reported by the writer as torn, not as damage`, async () => {
      await fill(IDS);
      appendFileSync(log(), Buffer.alloc(zeros));
      await assertHas(IDS);
      const writer = openWriter();
      assert.deepEqual([writer.recovery.tornBytes, writer.recovery.damage], [zeros, []]);
      await writer.close();
      await assertHas(IDS);
      assert.equal(statSync(`${log()}.torn`).size, zeros);
      // Once, because it is gone from the log.
      const again = openWriter();
      assert.equal(again.recovery.tornBytes, 0);
      await again.close();
    });
  }

  for (const bytes of [0, 1, 4, 40, 63]) {
    it(`D8 a newest log of ${bytes} bytes: ignored, begun again`, async () => {
      await fill(IDS.slice(0, 2), { segmentBytesMax: 1 });
      truncateSync(log(), bytes);
      await assertHas(IDS.slice(0, 1));
      const reader = openReader();
      assert.deepEqual((await reader.info()).damage, []);
      await reader.close();
      const writer = openWriter();
      const lsn = await writer.append(batchOf(["next"]));
      assert.equal(lsn, 1);
      await writer.close();
      await assertHas([IDS[0] ?? "", "next"]);
    });
  }

  it("D8 a newest log that is a header and no more: ignored, gone on with", async () => {
    await fill(IDS.slice(0, 2), { segmentBytesMax: 1 });
    truncateSync(log(), 64);
    rmSync(index());
    await assertHas(IDS.slice(0, 1));
    await fill(["next"]);
    await assertHas([IDS[0] ?? "", "next"]);
  });
});

describe("damage in the middle of a log", () => {
  const { fill, assertHas, logFiles, openWriter, openReader } = storeUnderTest();
  const log = (): string => logFiles(".jlog").at(-1) ?? "";
  const index = (): string => logFiles(".jlix").at(-1) ?? "";

  for (const [name, length] of [
    ["zero", 0],
    ["huge", 0xffffffff],
    ["just past the end", 100_000],
    ["into the next record", 200],
  ] as const) {
    it(`D5 a length field that says ${name}: reported, that record is skipped, the others are found`, async () => {
      await fill(IDS.slice(0, 3));
      const bytes = readFileSync(log());
      bytes.writeUInt32LE(length, 64);
      writeFileSync(log(), bytes);
      rmSync(index());
      const reader = openReader();
      assert.deepEqual(
        (await collect(reader.jobs({}))).map(({ jobId }) => jobId).sort(),
        IDS.slice(1, 3),
      );
      const [damage] = (await reader.info()).damage;
      assert.deepEqual([damage?.file, damage?.offset], [log(), 64]);
      await reader.close();
      const writer = openWriter();
      assert.equal(writer.recovery.damage.length, 1);
      assert.equal(await writer.append(batchOf(["next"])), 3);
      await writer.close();
    });
  }

  it("D7 zeros where a record was: reported, the others are found", async () => {
    await fill(IDS.slice(0, 3));
    const bytes = readFileSync(log());
    const size = 40 + bytes.readUInt32LE(64);
    bytes.fill(0, 64, 64 + size);
    writeFileSync(log(), bytes);
    rmSync(index());
    await assertHas(IDS.slice(1, 3));
    const reader = openReader();
    const [damage] = (await reader.info()).damage;
    assert.deepEqual([damage?.file, damage?.offset], [log(), 64]);
    await reader.close();
    const writer = openWriter();
    assert.deepEqual([writer.recovery.tornBytes, writer.recovery.damage.length], [0, 1]);
    await writer.close();
  });

  it("D6 a closed log whose end is missing: reported, not cut and not set aside, the rest is found", async () => {
    await fill(IDS.slice(0, 6), { segmentBytesMax: 600, compress: false });
    const [closed = ""] = logFiles(".jlog");
    const size = statSync(closed).size - 20;
    truncateSync(closed, size);
    const has = async (): Promise<readonly string[]> => {
      const reader = openReader();
      const found = await Promise.all(
        IDS.slice(0, 6).map(async (id) => {
          const [row] = await reader.findRows(id);
          return row !== undefined && (await reader.read(row.lsn)) !== undefined ? [id] : [];
        }),
      );
      const { damage } = await reader.info();
      await reader.close();
      for (const { file } of damage) assert.equal(file, closed);
      return found.flat();
    };
    const before = await has();
    assert.equal(before.length, 5);
    await fill(["next"]);
    assert.deepEqual(await has(), before);
    assert.equal(statSync(closed).size, size);
    assert.equal(existsSync(`${closed}.torn`), false);
  });

  it("D6 a flipped bit in a record of a sealed log: reported once it is met, only that record is lost", async () => {
    await fill(IDS, { segmentBytesMax: 600 });
    const [closed = ""] = logFiles(".jlog");
    const bytes = readFileSync(closed);
    flipBit(closed, (64 + 60) * 8);
    const reader = openReader();
    const [row] = await reader.findRows(IDS[0] ?? "");
    assert.ok(row);
    assert.equal(await reader.read(row.lsn), undefined);
    assert.equal((await collect(reader.batches())).length, IDS.length - 1);
    const { damage } = await reader.info();
    assert.deepEqual(
      damage.map(({ file, offset }) => [file, offset]),
      [[closed, 64]],
    );
    await reader.close();
    await fill(["next"]);
    assert.equal(statSync(closed).size, bytes.length);
  });
});
