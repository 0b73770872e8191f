/** Verifying a store: every kind of damage to a log is named with its place, and a healthy or growing store has none. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { IncomingBatch } from "../../../src/jobscope/store/job-store.js";
import { finishRecordHeader } from "../../../src/jobscope/store/record.js";
import { type Retention, startRetention } from "../../../src/jobscope/store/retention.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { appendJobs, dayOf, filesIn, fillSmallStore, openSmallStore } from "./small-store.js";
import { batchOf } from "./store-batches.js";
import { storeToDamage } from "./store-to-damage.js";

describe("verifyStore()", () => {
  const folder = temporaryFolder();
  const store = storeToDamage(folder);
  const { logPath, log, fill, offsetsIn, edit, flip, verify, assertDamage } = store;

  it("D36 finds nothing in a healthy store, and changes no byte of it", async () => {
    await fill();
    const before = filesIn(folder()).map((name) => readFileSync(logPath(name)));
    assert.deepEqual(await verify(), {
      recordCount: 8,
      spanCount: 8,
      logCount: 0,
      damageCount: 0,
      unfinished: undefined,
      wasStopped: false,
      damage: [],
    });
    assert.deepEqual(
      filesIn(folder()).map((name) => readFileSync(logPath(name))),
      before,
    );
  });

  it("finds nothing in an empty store", async () => {
    await openSmallStore(folder()).close();
    assert.deepEqual((await verify()).damage, []);
  });

  it("names a flipped bit of any record with its place and length, in closed and open segments", async () => {
    await fill();
    const places = [0, 3, 6].flatMap((lsn) =>
      offsetsIn(log(lsn))
        .slice(0, -1)
        .map((at) => [log(lsn), at] as const),
    );
    for (const [file, offset] of places) {
      const whole = readFileSync(file);
      flip(file, offset + 45);
      const [damage] = await assertDamage(7, [[file, offset, /^the checksum does not match$/]]);
      assert.equal(
        damage?.length,
        40 + whole.readUInt32LE(offset) + padding(whole.readUInt32LE(offset)),
      );
      writeFileSync(file, whole);
    }
  });

  function padding(bodyLength: number): number {
    return (8 - ((40 + bodyLength) % 8)) % 8;
  }

  it("names a record that stands where another should, although its checksum is right", async () => {
    await fill();
    const [first = 0, second = 0, third = 0] = offsetsIn(log(0));
    edit(log(0), (bytes) => bytes.copyWithin(second, first, second));
    const [damage] = await assertDamage(7, [[log(0), second, /^the lsn is out of order$/]]);
    assert.equal(damage?.length, third - second);
  });

  it("names damage at the end of a closed segment, where a reader cannot tell it from a torn tail", async () => {
    await fill();
    const offset = offsetsIn(log(0)).at(-1) ?? 0;
    flip(log(0), offset + 45);
    await assertDamage(7, [[log(0), offset, /^the checksum does not match$/]]);
    truncateSync(log(0), offset + 50);
    await assertDamage(7, [[log(0), offset, /^the bytes end inside a record$/]]);
  });

  it("calls what is behind the last whole record of the newest segment unfinished, not damaged", async () => {
    await fill();
    const { size } = statSync(log(6));
    for (const tail of [Buffer.alloc(1000), readFileSync(log(6)).subarray(64, 110)]) {
      appendFileSync(log(6), tail);
      const { damage, unfinished, recordCount } = await verify();
      assert.deepEqual([damage, recordCount], [[], 8]);
      assert.deepEqual(
        [unfinished?.file, unfinished?.offset, unfinished?.length],
        [log(6), size, tail.length],
      );
      truncateSync(log(6), size);
    }
  });

  for (const [name, file, change, reason] of [
    ["a foreign file", 3, (bytes: Buffer) => bytes.fill("x"), /does not begin as a jobtrace log/],
    ["a damaged header", 3, (bytes: Buffer) => bytes.fill(1, 20, 21), /checksum of its header/],
  ] as const) {
    it(`names ${name} and reads the other segments`, async () => {
      await fill();
      edit(log(file), change);
      await assertDamage(5, [
        [log(file), 0, reason],
        [log(6), 0, /^records 3 to 5 before it are missing$/],
      ]);
    });
  }

  it("names an older segment that lost its header, and leaves a newest one that was just begun", async () => {
    await fill();
    truncateSync(log(6), 0);
    assert.deepEqual((await verify()).damage, []);
    truncateSync(log(3), 10);
    await assertDamage(3, [[log(3), 0, /^it has no header$/]]);
  });

  it("names the records that a deleted segment held, but not what retention deleted", async () => {
    await fill();
    rmSync(log(3));
    await assertDamage(5, [[log(6), 0, /^records 3 to 5 before it are missing$/]]);
    rmSync(log(0));
    await assertDamage(2, []);
  });

  const bad: readonly (readonly [string, Partial<IncomingBatch>, RegExp])[] = [
    [
      "a body that is no gzip",
      { codec: "gzip" },
      /^the body cannot be inflated: incorrect header check$/,
    ],
    ["a wrong length", { rawBytes: 7 }, /^the body inflates to \d+ bytes, the header says 7$/],
    ["a wrong count of spans", { spanCount: 4 }, /^the body holds 1 spans, the header says 4$/],
    [
      "a body that is something else",
      { body: Buffer.from("OTLP"), rawBytes: 4 },
      /^the body is not OTLP: no JSON$/,
    ],
  ];
  for (const [name, change, reason] of bad) {
    it(`names ${name} whose checksum is right`, async () => {
      const writer = openSmallStore(folder(), { segmentBytesMax: 1e9 });
      await appendJobs(writer, 0, 1);
      await writer.append({ ...batchOf(["bad"]), ...change });
      await appendJobs(writer, 2, 1);
      await writer.close();
      await assertDamage(2, [[log(0), offsetsIn(log(0))[1] ?? 0, reason]]);
    });
  }

  it("checks what compressed logs hold", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 2, segmentBytesMax: 1e9 });
    for (const id of ["job0", "job1", "job2"])
      await writer.append(batchOf([id], { fillerBytes: 2000 }));
    await writer.close();
    assert.ok(statSync(log(0)).size < 2000, "it is compressed");
    await assertDamage(3, []);
    const [, second = 0] = offsetsIn(log(0));
    edit(log(0), (bytes) => {
      // Another length after inflating, under a checksum that is right.
      bytes.writeUInt32LE(7, second + 24);
      finishRecordHeader(bytes, second, 1);
    });
    await assertDamage(2, [
      [log(0), second, /^the body inflates to \d+ bytes, the header says 7$/],
    ]);
    flip(log(0), second + 60);
    await assertDamage(2, [[log(0), second, /^the checksum does not match$/]]);
    edit(log(0), (bytes) => finishRecordHeader(bytes, second, 1));
    await assertDamage(2, [[log(0), second, /^the body /]]);
  });

  it("finds nothing while a writer appends, rolls and seals", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 20, segmentBytesMax: 1e9 });
    let isDone = false;
    const writing = appendJobs(writer, 0, 200).then(() => {
      isDone = true;
    });
    let looks = 0;
    for (; !isDone; looks++) {
      assert.deepEqual((await verify()).damage, []);
      // The writer is of this process, and writes in turns of its own.
      await setImmediate();
    }
    await writing;
    assert.ok(looks > 1);
    assert.equal((await verify()).recordCount, 200);
    await writer.close();
  });

  it("finds nothing while old segments are deleted and logs compressed under it", async () => {
    const parts = { retention: undefined as Retention | undefined };
    const writer = openSmallStore(folder(), {
      segmentSpansMax: 5,
      segmentBytesMax: 1e9,
      onRotation: () => parts.retention?.afterRotation(),
    });
    let deleted = 0;
    parts.retention = startRetention(folder(), {
      limits: { ageMax: undefined, bytesMax: 8000 },
      now: () => dayOf(1000),
      isSealing: (firstLsn) => writer.isSealing(firstLsn),
      onDropped: ({ drops }) => {
        deleted += drops.length;
      },
      onFailed: (error) => assert.fail(error),
    });
    let looks = 0;
    for (let i = 0; deleted < 20; i++) {
      await writer.append(batchOf([`job${i}`], { fillerBytes: 2000 }));
      if (i % 5 !== 0) continue;
      looks++;
      assert.deepEqual((await verify()).damage, []);
    }
    assert.ok(looks > 10);
    await parts.retention.close();
    await writer.close();
    assert.deepEqual((await verify()).damage, []);
  });

  it("stops between two records when it is told to, with the counts until then", async () => {
    await fill();
    const stop = new AbortController();
    const { wasStopped, recordCount, damage } = await verify({
      signal: stop.signal,
      onProgress: (done, total) => {
        if (done > total / 2) stop.abort();
      },
    });
    assert.equal(wasStopped, true);
    assert.ok(recordCount > 2 && recordCount < 8, String(recordCount));
    assert.deepEqual(damage, []);
  });

  it("refuses a folder without a store", async () => {
    await fillSmallStore(folder(), 1);
    rmSync(join(folder(), "STORE.json"));
    await assert.rejects(verify(), /no store in/);
  });
});
