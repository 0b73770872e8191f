/** What prune says, by what it did. */
import assert from "node:assert/strict";
import { type PruneOutcome, pruneJson, pruneLines } from "../../src/commands/prune-text.js";
import { durationNano, unixNano } from "../../src/jobscope/model/time.js";

const DAY = 86_400_000_000_000n;

const SEGMENT = {
  firstLsn: 26,
  endLsn: 40,
  bytes: 2_500_000,
  spanCount: 1,
  oldest: unixNano(1_772_496_000_000_000_000n),
  newest: unixNano(1_772_499_600_000_000_000n),
};

const OUTCOME: PruneOutcome = {
  drops: [
    { segment: SEGMENT, why: "age" },
    { segment: { ...SEGMENT, firstLsn: 40, spanCount: 1200, bytes: 93_100_000 }, why: "size" },
  ],
  lost: [{ name: "jaeger\u001b[31m", spanCount: 1200 }],
  limits: { ageMax: durationNano(30n * DAY), bytesMax: 20e9 },
  isDry: false,
  wasStopped: false,
};

const TABLE = [
  "000000000000001a.jlog  2026-03-03 00:00 to 2026-03-03 01:00       1 span   2.5 MB",
  "0000000000000028.jlog  2026-03-03 00:00 to 2026-03-03 01:00  1,200 spans  93.1 MB",
];
const SUMMARY = "2 segments, 1,201 spans, 95.6 MB: older than 30d; the store was over 20 GB";

describe("pruneLines()", () => {
  it("E17 tells what goes, why, and what an exporter had not been sent of it", () => {
    assert.deepEqual(pruneLines(OUTCOME), [
      ...TABLE,
      "! 1,200 spans deleted that jaeger\\x1b[31m had not been sent: the store was over its size",
      `deleted ${SUMMARY}`,
    ]);
  });

  it("E17 tells the same before, of a dry run", () => {
    assert.deepEqual(pruneLines({ ...OUTCOME, isDry: true }), [
      ...TABLE,
      "! 1,200 spans would be deleted that jaeger\\x1b[31m has not been sent",
      `would delete ${SUMMARY}`,
    ]);
  });

  it("does not call all what was stopped half-way", () => {
    const stopped = { ...OUTCOME, lost: [], wasStopped: true };
    assert.equal(pruneLines(stopped).at(-1), `stopped; deleted ${SUMMARY}`);
    assert.deepEqual(pruneLines({ ...stopped, drops: [] }), [
      "stopped before anything was deleted",
    ]);
  });

  it("says that nothing goes, and from when an age counts", () => {
    const none = { ...OUTCOME, drops: [], lost: [] };
    assert.deepEqual(pruneLines(none), [
      "nothing to delete: no closed segment is beyond 30d, 20 GB; ages count back from the newest span",
    ]);
    assert.deepEqual(pruneLines({ ...none, limits: { ageMax: undefined, bytesMax: 1000 } }), [
      "nothing to delete: no closed segment is beyond 1 kB",
    ]);
  });
});

describe("pruneJson()", () => {
  it("has what the lines have, exact", () => {
    const { segments, ...rest } = JSON.parse(pruneJson(OUTCOME)) as { segments: readonly object[] };
    assert.deepEqual(rest, {
      schema: "jobtrace.store-prune/v1",
      dry_run: false,
      complete: true,
      not_sent: [{ exporter: "jaeger\u001b[31m", spans: 1200 }],
    });
    assert.deepEqual(segments[0], {
      first_lsn: 26,
      spans: 1,
      bytes: 2_500_000,
      oldest_at: "2026-03-03T00:00:00.000000000Z",
      newest_at: "2026-03-03T01:00:00.000000000Z",
      reason: "age",
    });
  });
});
