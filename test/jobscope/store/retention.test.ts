/** Retention on real stores: what goes, what stays, and what is told. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UnixNano } from "../../../src/jobscope/model/time.js";
import type { Dropped } from "../../../src/jobscope/store/dropped.js";
import type { LogNeed } from "../../../src/jobscope/store/pruner.js";
import { type Retention, startRetention } from "../../../src/jobscope/store/retention.js";
import type { RetentionLimits } from "../../../src/jobscope/store/retention-plan.js";
import { temporaryFolder } from "../../temporary-folder.js";
import {
  appendJobs,
  dayOf,
  days,
  filesIn,
  fillSmallStore,
  jobsIn,
  openSmallStore,
  range,
} from "./small-store.js";

interface Kept {
  readonly limits: Partial<RetentionLimits>;
  readonly now?: UnixNano;
  readonly needs?: readonly LogNeed[];
  readonly onDropped?: (dropped: Dropped) => void;
  readonly intervalMs?: number;
}

describe("retention", () => {
  const folder = temporaryFolder();

  function start(kept: Kept): Retention {
    const { limits, now = dayOf(1000), onDropped = () => undefined, ...rest } = kept;
    return startRetention(folder(), {
      limits: { ageMax: undefined, bytesMax: undefined, ...limits },
      now: () => now,
      onDropped,
      onFailed: (error) => assert.fail(error),
      ...rest,
    });
  }

  /** One look; what it told. */
  async function look(kept: Kept): Promise<readonly Dropped[]> {
    const told: Dropped[] = [];
    const retention = start({ ...kept, onDropped: (dropped) => told.push(dropped) });
    await retention.settled();
    await retention.close();
    return told;
  }

  const logPath = (name: string): string => join(folder(), "log", name);
  const bytesIn = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + statSync(logPath(name)).size, 0);
  const spansOf = ({ drops }: Dropped): number =>
    drops.reduce((sum, { segment }) => sum + segment.spanCount, 0);

  it("deletes the segments that are older than the limit, with all their files, and tells once", async () => {
    await fillSmallStore(folder(), 10);
    const before = bytesIn(filesIn(folder()));
    const [told, ...more] = await look({ limits: { ageMax: days(5) } });
    assert.deepEqual(await jobsIn(folder()), range(4, 10));
    assert.ok(told !== undefined && more.length === 0);
    assert.deepEqual(
      told.drops.map(({ segment, why }) => [segment.firstLsn, segment.endLsn, segment.newest, why]),
      range(0, 4).map((i) => [i, i + 1, dayOf(i), "age"]),
    );
    assert.equal(spansOf(told), 4);
    assert.equal(
      told.drops.reduce((sum, { segment }) => sum + segment.bytes, 0),
      before - bytesIn(filesIn(folder())),
    );
    assert.ok(filesIn(folder()).every((name) => Number.parseInt(name, 16) >= 4));
  });

  it("X46 deletes the oldest until the store fits, and never the newest segment", async () => {
    await fillSmallStore(folder(), 14);
    const bytesMax = bytesIn(filesIn(folder()).slice(-6));
    const [told] = await look({ limits: { bytesMax } });
    assert.ok(told);
    assert.ok(bytesIn(filesIn(folder())) <= bytesMax);
    // More than go in one step, told as one.
    assert.ok(told.drops.length > 8, String(told.drops.length));
    assert.deepEqual(await jobsIn(folder()), range(told.drops.length, 14));
    await look({ limits: { bytesMax: 1 } });
    assert.deepEqual(await jobsIn(folder()), [13]);
  });

  it("leaves the newest segment whatever its age, and tells nothing when nothing goes", async () => {
    await fillSmallStore(folder(), 1);
    assert.deepEqual(await look({ limits: { ageMax: days(1) } }), []);
    assert.deepEqual(await jobsIn(folder()), [0]);
  });

  it("D21 a clock a hundred years ahead deletes nothing that is not old beside the newest record", async () => {
    await fillSmallStore(folder(), 10);
    assert.deepEqual(await look({ limits: { ageMax: days(30) }, now: dayOf(36_500) }), []);
    assert.equal((await jobsIn(folder())).length, 10);
  });

  it("D21 lets few go at one look for their age, so that a wrong clock can be noticed", async () => {
    await fillSmallStore(folder(), 12);
    await look({ limits: { ageMax: days(1) } });
    assert.deepEqual(await jobsIn(folder()), range(8, 12));
    await look({ limits: { ageMax: days(1) } });
    assert.deepEqual(await jobsIn(folder()), range(10, 12));
  });

  it("judges a segment by its newest record, in whatever order they came", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 3, segmentBytesMax: 1e9 });
    // The clock went back twice: 20 is the newest of the first segment.
    for (const day of [0, 20, 1, 21, 2, 3, 30, 31]) await appendJobs(writer, day, 1);
    await writer.close();
    await look({ limits: { ageMax: days(10) }, now: dayOf(31) });
    assert.deepEqual(await jobsIn(folder()), [2, 3, 21, 30, 31]);
    await look({ limits: { ageMax: days(9) }, now: dayOf(31) });
    assert.deepEqual(await jobsIn(folder()), [30, 31]);
  });

  it("counts what it deletes behind a damaged record as well", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 5, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 12);
    await writer.close();
    const [log = ""] = filesIn(folder()).filter((name) => name.endsWith(".jlog"));
    const bytes = readFileSync(logPath(log));
    bytes.writeUInt32LE(0xffffffff, 64);
    writeFileSync(logPath(log), bytes);
    const [told] = await look({ limits: { ageMax: days(3) } });
    assert.ok(told);
    assert.equal(told.drops.length, 1);
    assert.deepEqual([spansOf(told), told.drops[0]?.segment.newest], [4, dayOf(4)]);
  });

  it("leaves a file that is not of this store, and what comes after it", async () => {
    await fillSmallStore(folder(), 10);
    const name = "0000000000000002.jlog";
    writeFileSync(logPath(name), "x".repeat(200));
    await look({ limits: { ageMax: days(1), bytesMax: 1 } });
    assert.equal(readFileSync(logPath(name), "utf8"), "x".repeat(200));
    assert.deepEqual(
      filesIn(folder()).filter((each) => each.endsWith(".jlog")).length,
      8,
      "two before it went",
    );
  });

  it("X46 E17 keeps what an exporter has not read, and says what it lost when the size decides", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 4, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 20);
    await writer.close();
    const needs = [
      { name: "jaeger", neededFrom: () => 6 },
      { name: "nobody", neededFrom: () => undefined },
    ];
    const [aged] = await look({ limits: { ageMax: days(1) }, needs });
    assert.deepEqual([aged?.drops.length, aged?.lost], [1, []]);
    assert.deepEqual(await jobsIn(folder()), range(4, 20));
    const [sized] = await look({ limits: { bytesMax: 1 }, needs });
    assert.deepEqual(await jobsIn(folder()), range(16, 20));
    // It had read two of the four spans of the second segment.
    assert.deepEqual(sized?.lost, [{ name: "jaeger", spanCount: 10 }]);
  });

  it("keeps up with a writer that rolls, and looks again every so often", async () => {
    const retention = { current: undefined as Retention | undefined };
    const writer = openSmallStore(folder(), {
      onRotation: () => retention.current?.afterRotation(),
    });
    retention.current = start({ limits: { ageMax: days(5) } });
    await appendJobs(writer, 0, 30);
    await retention.current.settled();
    const left = await jobsIn(folder());
    assert.deepEqual(left, range(left[0] ?? 0, 30));
    assert.ok(left.length < 20, `${left.length} are left`);
    await retention.current.close();

    await new Promise<Dropped>((resolve) => {
      const limits = { ageMax: days(5) };
      const every = start({ limits, intervalMs: 1, onDropped: resolve });
      retention.current = every;
      void every.settled().then(() => appendJobs(writer, 30, 10));
    });
    await retention.current.close();
    await writer.close();
    assert.ok(!filesIn(folder()).some((name) => name.endsWith(".tmp")));
  });

  it("tells what the disk refused, and goes on at the next look", async () => {
    await fillSmallStore(folder(), 3);
    const failed: string[] = [];
    const limits = { ageMax: days(1), bytesMax: undefined };
    let calls = 0;
    const now = (): UnixNano => {
      if (++calls === 1) throw new Error("the disk is away");
      return dayOf(1000);
    };
    await new Promise<void>((resolve) => {
      const retention = startRetention(folder(), {
        limits,
        now,
        onDropped: () => void retention.close().then(resolve),
        onFailed: ({ message }) => failed.push(message),
        intervalMs: 1,
      });
    });
    assert.deepEqual(failed, ["the disk is away"]);
    assert.deepEqual(await jobsIn(folder()), [1, 2]);
  });

  it("counts a file of zeros behind the last record as nothing", async () => {
    await fillSmallStore(folder(), 3);
    appendFileSync(logPath("0000000000000000.jlog"), Buffer.alloc(4096));
    const [told] = await look({ limits: { ageMax: days(1) } });
    assert.deepEqual(told && [spansOf(told), told.drops[0]?.segment.newest], [1, dayOf(0)]);
  });
});
