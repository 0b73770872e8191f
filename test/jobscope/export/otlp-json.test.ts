import assert from "node:assert/strict";
import type { Attempt, JobDocument } from "../../../src/jobscope/model/job-document.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { exportLines } from "../../exported-jobs.js";
import { recordedRuns } from "../../recorded-runs.js";
import { documentOf, jidsOf, storedRun } from "../../stored-runs.js";

/** Received one second after another, like the recorded runs. */
async function storeOfLines(lines: readonly string[]): Promise<JobStoreReader> {
  const { writer, reader } = createMemoryStore();
  let now = 1_795_000_000_000_000_000n;
  const ingest = createIngest(writer, () => unixNano((now += 1_000_000_000n)));
  for (const line of lines) {
    const body = Buffer.from(line);
    const signal = line.startsWith('{"resourceLogs"') ? "logs" : "traces";
    const outcome = await ingest({ signal, body, codec: "identity", raw: body, format: "json" });
    assert.equal(outcome.kind, "accepted");
  }
  return reader;
}

/**
 * When a batch was received is no part of a request. That a worker is gone is told by what others sent since, and those may
 * have sent spans of no job.
 */
function told(document: JobDocument): unknown {
  const { job, completeness } = document;
  return {
    ...document,
    as_of: null,
    job: { ...job, state_evidence: job.state_evidence.map(({ text }) => text) },
    completeness: { ...completeness, late_spans: null },
  };
}

/** That its worker is gone is not told by an attempt's own spans. */
function alone(attempt: Attempt): Attempt {
  return attempt.state === "orphaned" ? { ...attempt, state: "running" } : attempt;
}

describe("export as otlp-json", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: a store of all its jobs tells the same of each, and exports the same lines`, async () => {
      const reader = await storedRun(name);
      const jids = await jidsOf(reader);
      assert.ok(jids.length > 0);
      const lines = await exportLines("otlp-json", reader, jids);
      const again = await storeOfLines(lines);
      for (const jid of jids)
        assert.deepEqual(told(await documentOf(again, jid)), told(await documentOf(reader, jid)));
      assert.deepEqual(await exportLines("otlp-json", again, jids), lines);
    });

    it(`${name}: one job alone keeps its attempts and who enqueued it`, async () => {
      const reader = await storedRun(name);
      for (const jid of await jidsOf(reader)) {
        const before = await documentOf(reader, jid);
        const after = await documentOf(
          await storeOfLines(await exportLines("otlp-json", reader, [jid])),
          jid,
        );
        assert.deepEqual(after.attempts.map(alone), before.attempts.map(alone));
        assert.deepEqual(after.effects, before.effects);
        assert.deepEqual(after.job.enqueued_by, before.job.enqueued_by);
      }
    });

    it(`${name}: in its own trace each job keeps its attempts and their steps`, async () => {
      const reader = await storedRun(name);
      for (const jid of await jidsOf(reader)) {
        const lines = await exportLines("otlp-json", reader, [jid], { jobTrace: true });
        const traceIds = [
          ...lines.join("\n").matchAll(/"traceId":"(\w+)","spanId":"\w+","parent/g),
        ];
        const before = await documentOf(reader, jid);
        for (const [, id] of traceIds) assert.equal(id, before.job.ids.job_trace_id);
        const after = await documentOf(await storeOfLines(lines), jid);
        assert.deepEqual(outline(after), outline(before));
      }
    });
  }

  it("puts a request that enqueued several jobs into the file once", async () => {
    const reader = await storedRun("shop-link-full");
    const lines = await exportLines("otlp-json", reader, await jidsOf(reader));
    const ids = [...lines.join("\n").matchAll(/"traceId":"\w+","spanId":"(\w+)","parentSpanId"/g)];
    assert.ok(ids.length > 50);
    // A link has no parent behind its ids.
    assert.equal(new Set(ids.map(([, id]) => id)).size, ids.length);
  });

  it("of one attempt has the spans of that and of the push", async () => {
    const reader = await storedRun("shop-link-full");
    const lines = await exportLines("otlp-json", reader, [CHARGE], { attempt: 2 });
    const after = await documentOf(await storeOfLines(lines), CHARGE);
    const before = await documentOf(reader, CHARGE);
    assert.equal(after.attempts.length, 1);
    assert.deepEqual(after.attempts[0]?.steps, before.attempts[1]?.steps);
    assert.deepEqual(after.job.enqueued_by, before.job.enqueued_by);
  });
});

const CHARGE = "12c0218bd14de9ead7416414";

function outline({ attempts }: JobDocument): unknown {
  return attempts.map(({ number, started_at: start, steps }) => ({
    number,
    start,
    steps: steps.map(({ title, duration_ns: duration }) => ({ title, duration })),
  }));
}
