/** How far back the newest spans are read. */
import assert from "node:assert/strict";
import { durationNano, unixNano } from "../../../src/jobscope/model/time.js";
import { receivedFacts } from "../../../src/processor/doctor/received-facts.js";
import { readSeen } from "../../../src/processor/doctor/read-seen.js";
import { attempt, SECOND, START, step, storeOf, WORKER } from "./sent-by-an-application.js";

const SINCE = durationNano(600n * SECOND);
const batch = (n: number, receivedAfter: bigint) => ({
  by: WORKER,
  spans: [attempt({ n }), step({ n })],
  receivedAfter,
});

describe("readSeen()", () => {
  it("goes back as far as it is asked, from the newest batch", async () => {
    const { reader } = await storeOf([
      batch(1, 0n),
      batch(2, 100n * SECOND),
      batch(3, 700n * SECOND),
    ]);
    const { spans, from, to, batchCount, complete } = await readSeen(reader, { since: SINCE });
    assert.deepEqual(
      { from, to, batchCount, complete, spans: spans.length },
      {
        from: START + 100n * SECOND,
        to: START + 700n * SECOND,
        batchCount: 2,
        complete: true,
        spans: 4,
      },
    );
  });

  it("keeps the newest when there are too many, and says so", async () => {
    const { reader } = await storeOf([batch(1, 0n), batch(2, SECOND), batch(3, 2n * SECOND)]);
    const seen = await readSeen(reader, { since: SINCE, spansMax: 4 });
    assert.equal(seen.complete, false);
    assert.equal(seen.from, START + SECOND);
  });

  it("passes over logs that came since, and what is damaged", async () => {
    const { reader } = await storeOf([batch(1, 0n), batch(2, SECOND), batch(3, 2n * SECOND)]);
    const broken = {
      ...reader,
      read: async (lsn: number) => {
        const found = await reader.read(lsn);
        if (lsn === 1) return undefined;
        return lsn === 2 && found !== undefined
          ? { ...found, signal: "logs" as const, receivedAt: unixNano(START + 9000n * SECOND) }
          : found;
      },
    };
    const { batchCount, to } = await readSeen(broken, { since: SINCE });
    assert.deepEqual([batchCount, to], [1, START]);
  });

  it("counts a request that was sent again once", async () => {
    const { reader } = await storeOf([batch(1, 0n), batch(1, SECOND)]);
    const facts = await receivedFacts(reader, { since: SINCE });
    assert.deepEqual([facts.spanCount, facts.jobCount, facts.attempts.count], [2, 1, 1]);
  });
});
