/** Mode job, on what real Sidekiq processes sent: one trace for each job, with its spans and nobody else's. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createJobSource } from "../../src/exporters/job-source.js";
import { jobTraceId } from "../../src/jobscope/model/document/job-trace-id.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { decodeRequest, type OtlpSpan } from "../../src/otlp/decode.js";
import { type Run, recordedRuns } from "../recorded-runs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type ForwardedStore, openForwardedStore } from "./forwarded-store.js";
import { attribute, hex, isMade, spanIdsOf } from "./forwarded-spans.js";

/** Everything that would be sent, when the log is read in pieces as the bodies came. */
class Sent {
  readonly traces = new Map<string, Map<string, OtlpSpan>>();
  readonly twice: string[] = [];

  add(body: Buffer): void {
    for (const { scopeSpans } of decodeRequest(body).resourceSpans)
      for (const { spans } of scopeSpans ?? [])
        for (const span of (spans ?? []) as OtlpSpan[]) {
          const trace = this.traces.get(hex(span.traceId)) ?? new Map<string, OtlpSpan>();
          this.traces.set(hex(span.traceId), trace);
          if (trace.has(hex(span.spanId))) this.twice.push(`${span.name} ${hex(span.spanId)}`);
          trace.set(hex(span.spanId), span);
        }
  }
}

for (const run of recordedRuns()) {
  describe(`forwarding ${run.name} by job`, () => {
    const folder = temporaryFolder();
    let store: ForwardedStore;
    let sent: Sent;
    let later = 0n;

    beforeEach(async () => {
      store = openForwardedStore(join(folder(), "store"));
      sent = await sendAll(run, store);
    });
    afterEach(() => store.close());

    async function sendAll({ bodies }: Run, filled: ForwardedStore): Promise<Sent> {
      const all = new Sent();
      const source = createJobSource(filled.reader, { now: () => unixNano(NOW + later) });
      let next = 0;
      const drain = async (): Promise<void> => {
        for (
          let chunk = await source.next(next, 1e9);
          chunk;
          chunk = await source.next(next, 1e9)
        ) {
          for (const { request } of chunk.deliveries) all.add(request.body);
          next = chunk.next;
        }
      };
      for (const body of bodies) {
        await filled.take(gunzipSync(body));
        await drain();
      }
      // Jobs that failed are over when nothing came of them for long enough.
      later = 3_600_000_000_000n;
      await drain();
      return all;
    }

    it("gives each job exactly one trace, with its own spans and no other job's", async () => {
      assert.deepEqual(sent.twice, []);
      for (const { jid } of run.jobs) {
        const expected = await spanIdsOf(store.reader, jid);
        const trace = sent.traces.get(jobTraceId(jid));
        const got = [...(trace?.values() ?? [])].filter((span) => !isMade(span));
        assert.deepEqual(
          got.map(({ spanId }) => hex(spanId)).sort(),
          [...expected].sort(),
          `the spans of ${jid}`,
        );
        for (const span of got) assert.equal(attribute(span, "job.id"), jid);
      }
      const traceIds = new Set(run.jobs.map(({ jid }) => jobTraceId(jid)));
      const others = [...sent.traces.keys()].filter((id) => !traceIds.has(id));
      // A run may hold jobs that its truth does not name: those that a job enqueued at its end.
      for (const id of others) assert.match(id, /^6a6f6274|^[0-9a-f]{32}$/);
    });

    it("keeps parents: every parent that was sent is in the trace, and one span of it is the root", () => {
      for (const trace of sent.traces.values()) {
        const spans = [...trace.values()];
        const missing = spans.filter(
          ({ parentSpanId }) => parentSpanId.length > 0 && !trace.has(hex(parentSpanId)),
        );
        const named = new Set(missing.map(({ parentSpanId }) => hex(parentSpanId)));
        for (const id of named)
          assert.ok(!everSent(run, id), `a span of the trace has the parent ${id}, which was sent`);
        const roots = spans.filter(({ parentSpanId }) => parentSpanId.length === 0);
        const hasEnded = spans.some((span) => attribute(span, "job.attempt") !== undefined);
        if (hasEnded && missing.length === 0) assert.equal(roots.length, 1);
      }
    });

    it("has one span over the job's whole life, whose waits and attempts are under it", () => {
      for (const trace of sent.traces.values()) {
        const spans = [...trace.values()];
        const life = spans.find((span) => attribute(span, "job.state") !== undefined);
        if (life === undefined) continue;
        assert.equal(life.parentSpanId.length, 0);
        const under = spans.filter(({ parentSpanId }) => hex(parentSpanId) === hex(life.spanId));
        assert.ok(under.length > 0);
        for (const span of under) {
          if (attribute(span, "job.attempt") === undefined) continue;
          assert.ok(nanos(span.startTimeUnixNano) >= nanos(life.startTimeUnixNano));
          assert.ok(nanos(span.endTimeUnixNano) <= nanos(life.endTimeUnixNano));
        }
      }
    });
  });
}

/** Later than anything was received, so that nothing is waited for that the log does not tell of. */
const NOW = 1_795_000_100_000_000_000n;

const sentIds = new Map<string, Set<string>>();

function everSent({ name, bodies }: Run, spanId: string): boolean {
  const known = sentIds.get(name) ?? new Set<string>();
  if (known.size === 0)
    for (const body of bodies)
      for (const { scopeSpans } of decodeRequest(gunzipSync(body)).resourceSpans)
        for (const { spans } of scopeSpans ?? [])
          for (const span of spans ?? []) known.add(hex(span.spanId ?? new Uint8Array()));
  sentIds.set(name, known);
  return known.has(spanId);
}

function nanos(value: { readonly low: number; readonly high: number }): bigint {
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}
