/** Verifying a store: every kind of damage is named with its place, and a healthy or growing store has none. */
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
import { join } from "node:path";
import type { Damage, IncomingBatch } from "../../../src/jobscope/store/job-store.js";
import {
  type BodyCheck,
  type Verification,
  type VerifyOptions,
  verifyStore,
} from "../../../src/jobscope/store/verify-store.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { appendJobs, filesIn, fillSmallStore, openSmallStore } from "./small-store.js";
import { batchOf, indexTestBatch, traceIdOf } from "./store-batches.js";

function checkTestBody(raw: Uint8Array): BodyCheck {
  try {
    const { jobIds } = JSON.parse(Buffer.from(raw).toString()) as { jobIds: readonly string[] };
    return { kind: "spans", spanCount: jobIds.length };
  } catch {
    return { kind: "malformed", reason: "no JSON" };
  }
}

describe("verifyStore()", () => {
  const folder = temporaryFolder();
  const logPath = (name: string): string => join(folder(), "log", name);
  const log = (firstLsn: number): string =>
    logPath(`${firstLsn.toString(16).padStart(16, "0")}.jlog`);
  const sealed = (firstLsn: number): string => log(firstLsn).replace(".jlog", ".jidx");

  async function verify(
    options: Partial<VerifyOptions> = {},
  ): Promise<Verification & { readonly damage: readonly Damage[] }> {
    const damage: Damage[] = [];
    const result = await verifyStore(folder(), {
      indexBatch: indexTestBatch,
      checkBody: checkTestBody,
      onDamage: (found) => damage.push(found),
      onProgress: () => undefined,
      signal: new AbortController().signal,
      ...options,
    });
    return { ...result, damage };
  }

  async function assertDamage(
    records: number,
    expected: readonly (readonly [file: string, offset: number, reason: RegExp])[],
  ): Promise<readonly Damage[]> {
    const { recordCount, damageCount, damage } = await verify();
    const told = damage.map(
      ({ file, offset, length, reason }) => `${file} ${offset}+${length}: ${reason}`,
    );
    assert.equal(damage.length, expected.length, told.join("\n"));
    for (const [i, [file, offset, reason]] of expected.entries()) {
      assert.deepEqual([damage[i]?.file, damage[i]?.offset], [file, offset]);
      assert.match(damage[i]?.reason ?? "", reason);
    }
    assert.deepEqual([recordCount, damageCount], [records, expected.length]);
    return damage;
  }

  /** Three records to a segment: 0-2, 3-5, and 6-7 in the open one. */
  async function fill(): Promise<void> {
    const writer = openSmallStore(folder(), { segmentSpansMax: 3, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 8);
    await writer.close();
  }

  /** Where the records of a segment begin. */
  function offsetsIn(file: string): readonly number[] {
    const bytes = readFileSync(file);
    const offsets: number[] = [];
    for (let at = 64; at < bytes.length; at += Math.ceil((40 + bytes.readUInt32LE(at)) / 8) * 8)
      offsets.push(at);
    return offsets;
  }

  function edit(file: string, change: (bytes: Buffer) => void): void {
    const bytes = readFileSync(file);
    change(bytes);
    writeFileSync(file, bytes);
  }

  const flip = (file: string, at: number): void =>
    edit(file, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at));

  it("finds nothing in a healthy store, and changes no byte of it", async () => {
    await fill();
    const before = filesIn(folder()).map((name) => readFileSync(logPath(name)));
    assert.deepEqual(await verify(), {
      recordCount: 8,
      spanCount: 8,
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

  for (const [name, claimed] of [
    ["a job", batchOf(["another"], { traceIds: [traceIdOf("job1")] })],
    ["a trace", batchOf(["job1"], { traceIds: [traceIdOf("another")] })],
  ] as const) {
    it(`names an index that is whole and does not tell of ${name}`, async () => {
      const writer = openSmallStore(folder());
      await appendJobs(writer, 0, 1);
      await writer.append({ ...batchOf(["job1"]), index: claimed.index });
      await appendJobs(writer, 2, 1);
      await writer.close();
      assert.ok(existsSync(sealed(1)));
      await assertDamage(3, [[sealed(1), 0, /^it does not tell all of record 1$/]]);
    });
  }

  it("finds nothing while a writer appends, rolls and seals", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 20, segmentBytesMax: 1e9 });
    let isDone = false;
    const writing = appendJobs(writer, 0, 200).then(() => {
      isDone = true;
    });
    let looks = 0;
    for (; !isDone; looks++) assert.deepEqual((await verify()).damage, []);
    await writing;
    assert.ok(looks > 1);
    assert.equal((await verify()).recordCount, 200);
    await writer.close();
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
