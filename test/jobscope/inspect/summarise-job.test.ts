import assert from "node:assert/strict";
import { readJobByText } from "../../../src/jobscope/inspect/read-job.js";
import { summariseJob } from "../../../src/jobscope/inspect/summarise-job.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { requestOf, type SpanFacts } from "../../otlp-request.js";
import { storeOf } from "./listed-store.js";

const TRACE = "b".repeat(32);
const T0 = 1_794_900_000_000_000_000n;
const JOBS = 40;

const jidOf = (job: number): string => job.toString(16).padStart(24, "0");
const spanIdOf = (id: number): string => id.toString(16).padStart(16, "0");

function span(id: number, kind: number, more: Partial<SpanFacts>): SpanFacts {
  const start = T0 + BigInt(id) * 1000n;
  const times = { start, end: start + 500n };
  return { traceId: TRACE, spanId: spanIdOf(id), name: "work", kind, ...times, ...more };
}

function jobSpan(id: number, kind: 4 | 5, job: number): SpanFacts {
  const attributes = {
    "messaging.system": "sidekiq",
    "messaging.message_id": jidOf(job),
    "messaging.sidekiq.job_class": "BulkJob",
    "messaging.destination": "default",
    "messaging.operation": kind === 4 ? "publish" : "process",
  };
  const name = `default ${kind === 4 ? "publish" : "process"}`;
  return span(id, kind, { name, attributes, parentSpanId: spanIdOf(kind === 4 ? 1 : 1 + job) });
}

/** A request, its pushes, and in later batches the attempts of the first jobs and a span whose attempt was lost. */
function requests(jobs: number, done: number): readonly Buffer[] {
  const count = (length: number): readonly number[] => Array.from({ length }, (_, i) => i + 1);
  const request = span(1, 2, { name: "POST /bulk" });
  const pushes = count(jobs).map((job) => jobSpan(1 + job, 4, job));
  const attempts = count(done).map((job) => jobSpan(1000 + job, 5, job));
  const lost = span(5000, 3, { parentSpanId: spanIdOf(4999) });
  const worker = { "service.name": "test", "process.pid": 2 };
  return [requestOf([request, ...pushes]), requestOf([...attempts, lost], worker)];
}

/** Counts the batches read. */
function counting(reader: JobStoreReader): { reader: JobStoreReader; reads: () => number } {
  let reads = 0;
  const read: JobStoreReader["read"] = (lsn) => {
    reads++;
    return reader.read(lsn);
  };
  return { reader: { ...reader, read }, reads: () => reads };
}

describe("summariseJob()", () => {
  it("reads a trace once for all the queued jobs that were pushed in it", async () => {
    const store = await storeOf(requests(JOBS, 0));
    const { reader, reads } = counting(store.reader);
    for (let job = 1; job <= JOBS; job++) {
      const summary = await summariseJob(reader, await reader.findRows(jidOf(job)));
      assert.equal(summary?.state, "queued");
      assert.equal((await readJobByText(store.reader, jidOf(job)))?.job.state, "queued");
    }
    assert.equal(reads(), 2);
  });

  it("reads the spans of the one job whose push may tell an attempt, and says what its document says", async () => {
    const store = await storeOf(requests(JOBS, JOBS - 1));
    const summary = await summariseJob(store.reader, await store.reader.findRows(jidOf(JOBS)));
    const document = await readJobByText(store.reader, jidOf(JOBS));
    assert.equal(document?.attempts[0]?.known_by, "only_open_push");
    assert.equal(summary?.attempts, 1);
    assert.equal(summary.state, document.job.state);
  });

  it("looks at a trace anew when it has grown", async () => {
    const [pushes = Buffer.alloc(0), ...later] = requests(2, 0);
    const lastAttempt = requestOf([jobSpan(1001, 5, 1)], { "service.name": "test" });
    const before = await storeOf([pushes, ...later]);
    const after = await storeOf([pushes, ...later, lastAttempt]);
    // One reader whose store grows between two questions.
    let now = before.reader;
    const reader: JobStoreReader = {
      ...before.reader,
      findRows: (id) => now.findRows(id),
      findTrace: (id) => now.findTrace(id),
      read: (lsn) => now.read(lsn),
      info: () => now.info(),
    };
    const attempts = async (): Promise<number | undefined> =>
      (await summariseJob(reader, await reader.findRows(jidOf(2))))?.attempts;
    assert.equal(await attempts(), 0);
    now = after.reader;
    assert.equal(await attempts(), 1);
  });
});
