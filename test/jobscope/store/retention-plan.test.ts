/** Which segments go, by table: ages, sizes, clocks that jump, and exporters that lag behind. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { durationNano, unixNano } from "../../../src/jobscope/model/time.js";
import {
  type RetentionLimits,
  type RetentionState,
  type SegmentFacts,
  segmentsToDrop,
} from "../../../src/jobscope/store/retention-plan.js";

const DAY = 86_400_000_000_000n;
const YEAR = 365n * DAY;
/** Some day. */
const NOW = 1_800_000_000_000_000_000n;

/** `ages`: of the newest record of each closed segment, oldest segment first, in days before NOW. 100 bytes each. */
function segmentsOf(ages: readonly (number | undefined)[]): readonly SegmentFacts[] {
  return ages.map((age, i) => {
    const newest = age === undefined ? undefined : unixNano(NOW - BigInt(age) * DAY);
    return {
      firstLsn: i * 10,
      endLsn: (i + 1) * 10,
      bytes: 100,
      spanCount: 5,
      oldest: newest,
      newest,
    };
  });
}

interface Case {
  readonly name: string;
  readonly ages: readonly (number | undefined)[];
  readonly now?: bigint;
  /** Age in days of the newest record in the store; default 0. */
  readonly newestAge?: number;
  readonly days?: number;
  readonly bytesMax?: number;
  readonly neededFrom?: number;
  readonly agedMax?: number;
  /** One letter for each segment that goes: a for age, s for size. */
  readonly goes: string;
}

const CASES: readonly Case[] = [
  { name: "nothing is limited: nothing goes", ages: [900, 800], goes: "" },
  { name: "older than the limit go", ages: [40, 31, 29], days: 30, goes: "aa" },
  { name: "exactly as old as the limit stays", ages: [30], days: 30, goes: "" },
  {
    name: "what stands after a young one stays, so that no hole comes into being",
    ages: [1, 40],
    days: 30,
    goes: "",
  },
  { name: "never written to goes with the old ones", ages: [undefined, 40], days: 30, goes: "aa" },
  {
    name: "no more than may go at one look",
    ages: [50, 49, 48, 47],
    days: 30,
    agedMax: 2,
    goes: "aa",
  },
  {
    name: "D21 the clock jumped ten years forward, the records did not: nothing goes",
    ages: [9, 5],
    now: NOW + 10n * YEAR,
    days: 30,
    goes: "",
  },
  {
    name: "D21 the clock and a record jumped: no more than may go at one look",
    ages: [9, 5, 3],
    now: NOW + 10n * YEAR,
    newestAge: -3650,
    days: 30,
    agedMax: 1,
    goes: "a",
  },
  {
    name: "D21 the clock is ten years back: nothing goes",
    ages: [40, 31],
    now: NOW - 10n * YEAR,
    days: 30,
    goes: "",
  },
  { name: "D21 the clock stands at 1970: nothing goes", ages: [40], now: 0n, days: 30, goes: "" },
  {
    name: "D21 the newest record came while the clock was back: nothing goes",
    ages: [40],
    newestAge: 3650,
    days: 30,
    goes: "",
  },
  {
    name: "D21 a segment from a jumped clock waits for the limit of size, and what follows with it",
    ages: [-3650, 40],
    days: 30,
    goes: "",
  },
  {
    name: "nobody sent for a long time: nothing goes, because no record is newer",
    ages: [95, 94],
    newestAge: 90,
    days: 30,
    goes: "",
  },
  { name: "over the size: the oldest until it fits", ages: [3, 2, 1], bytesMax: 250, goes: "ss" },
  { name: "exactly the size stays", ages: [3, 2, 1], bytesMax: 400, goes: "" },
  {
    name: "the size asks no clock",
    ages: [3, 2],
    now: 0n,
    newestAge: 5000,
    bytesMax: 250,
    goes: "s",
  },
  {
    name: "the size is not bound by what may go for its age",
    ages: [3, 2, 1],
    bytesMax: 1,
    agedMax: 0,
    goes: "sss",
  },
  { name: "by age first, by size then", ages: [40, 2, 1], days: 30, bytesMax: 250, goes: "as" },
  { name: "E17 old and still needed stays", ages: [50, 40], days: 30, neededFrom: 10, goes: "a" },
  { name: "E17 needed from its last record stays", ages: [50], days: 30, neededFrom: 9, goes: "" },
  { name: "E17 read to its end goes", ages: [50], days: 30, neededFrom: 10, goes: "a" },
  {
    name: "E17 needed goes when the store is too large",
    ages: [50, 40],
    days: 30,
    bytesMax: 250,
    neededFrom: 0,
    goes: "s",
  },
];

function lettersOf(test: Case): string {
  const { ages, now = NOW, newestAge = 0, days, bytesMax, neededFrom, agedMax = 100 } = test;
  const state: RetentionState = {
    closed: segmentsOf(ages),
    // And the open one.
    totalBytes: ages.length * 100 + 100,
    newest: unixNano(NOW - BigInt(newestAge) * DAY),
    now: unixNano(now),
    neededFrom,
  };
  const limits: RetentionLimits = {
    ageMax: days === undefined ? undefined : durationNano(BigInt(days) * DAY),
    bytesMax,
  };
  const drops = segmentsToDrop(state, limits, agedMax);
  assert.deepEqual(
    drops.map(({ segment }) => segment),
    state.closed.slice(0, drops.length),
  );
  return drops.map(({ why }) => why[0]).join("");
}

describe("segmentsToDrop()", () => {
  for (const test of CASES) it(test.name, () => assert.equal(lettersOf(test), test.goes));

  it("an empty store: nothing goes", () => {
    const state = {
      closed: segmentsOf([90]),
      totalBytes: 100,
      newest: undefined,
      now: unixNano(NOW),
      neededFrom: undefined,
    };
    const ageMax = durationNano(DAY);
    assert.deepEqual(segmentsToDrop(state, { ageMax, bytesMax: undefined }, 9), []);
  });

  it("whatever the clock says, nothing goes by age that no record is older than by the limit", () => {
    const anyDay = fc.integer({ min: -4000, max: 4000 });
    fc.assert(
      fc.property(
        fc.array(anyDay, { maxLength: 20 }),
        anyDay,
        anyDay,
        (ages, nowAge, newestAge) => {
          const now = NOW - BigInt(nowAge) * DAY;
          const gone = lettersOf({ name: "", ages, now, newestAge, days: 30, goes: "" });
          for (const age of ages.slice(0, gone.length)) {
            assert.ok(age - newestAge > 30, `${age} days old, the newest record ${newestAge}`);
            assert.ok(age - nowAge > 30, `${age} days old, the clock ${nowAge}`);
          }
        },
      ),
    );
  });
});
