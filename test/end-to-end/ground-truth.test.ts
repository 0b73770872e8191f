/**
 * Every job of every recorded run against what truly happened there. What was sent must be told right; what was never
 * sent is listed here attempt by attempt, and for it the document must say that it was not recorded.
 */
import assert from "node:assert/strict";
import { readJob } from "../../src/jobscope/inspect/read-job.js";
import { parseJid } from "../../src/jobscope/model/ids.js";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import { createMemoryStore } from "../../src/jobscope/store/memory-store.js";
import { ingestBodies, recordedRuns, type Run, type TrueJob } from "../recorded-runs.js";

/**
 * Ranks of attempts that ran to their end and were never sent, by jid. In child style a re-pushed job is not
 * exported at all; a worker that is killed takes the spans of its last five seconds with it.
 */
const NEVER_SENT: Readonly<Record<string, readonly number[]>> = {
  // cap-child: the retries of a job that fails twice, and a scheduled job
  "80f043dfa166e8e08fb86e64": [1, 2],
  dcba6f8daea0c85fc8a6d7f4: [0],
  // shop-child: likewise
  "63a60690a29c3106c66fd7ab": [1, 2],
  "827edda098db9261379e9bdb": [0],
  "0ac852ee43c6839517f5467f": [0],
  // shop-link-default: the last five seconds of the killed worker
  b48c3e4552f4f2be8358ea36: [1],
  c25abe4d4bd63fb997ef8005: [0],
  e18d07139ec398c126d122d7: [0],
  "3cdc101ddf305bfbb1fd1d09": [0],
  // shop-none: likewise
  "6be6dd4f71a4dfea6252a840": [1],
  "509d3766e3cfaa9964ab559c": [0],
  "29bf171f56f9ba898e23055a": [0],
  fce72f1acb152805a9c109af: [0],
};

function wasSent(job: TrueJob, rank: number): boolean {
  const outcome = job.attempts[rank]?.outcome;
  // The root span of a run that did not end is never sent; a missing class fails before the instrumentation.
  if (outcome === "killed" && KNOWN_BY_PUSH.includes(job.jid)) return true;
  if (outcome === "killed" || outcome === "requeued by shutdown" || job.class === "NoSuchJob")
    return false;
  return NEVER_SENT[job.jid]?.includes(rank) !== true;
}

/** What an attempt is called whose end was, or would have been, this. */
const STATES = {
  completed: "completed",
  failed: "failed",
  killed: "orphaned",
  "requeued by shutdown": "interrupted",
} as const;

/** Killed attempts that are the job's all the same: in their trace only one push has no attempt that ended. */
const KNOWN_BY_PUSH: readonly string[] = ["e23d0d7db04bb475df34a53e"];

/** What the jobs of these runs raise, by attempt. */
const ERRORS: Readonly<Record<string, readonly (string | null)[]>> = {
  FailTwiceJob: ["ArgumentError", "ArgumentError", null],
  ChargeJob: ["Net::ReadTimeout", "ActiveRecord::RecordNotUnique", null],
  RollbackJob: ["ArgumentError"],
};

/** What each attempt of the shop's jobs wrote, as the shop's code says: table → outcome. */
const WRITES: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  SendInvoiceJob: [{ invoices: "committed", orders: "committed" }],
  // The second fails on the insert itself; the third deletes the old row first.
  ChargeJob: [{ invoices: "committed" }, {}, { invoices: "committed" }],
  RollbackJob: [{ orders: "rolled_back", line_items: "rolled_back" }],
  CheckoutJob: [{ orders: "committed" }],
  ImportJob: [{ import_rows: "no_end_recorded" }],
};

describe("the ground truth of the recorded runs", () => {
  for (const run of recordedRuns()) {
    describe(`${run.name} (${run.style})`, () => {
      let reader: JobStoreReader;
      const score = { jobs: 0, attempts: 0, writes: 0, candidates: 0, notSent: 0 };
      before(async () => {
        const store = createMemoryStore();
        await ingestBodies(run.bodies, store.writer);
        reader = store.reader;
      });

      for (const job of run.jobs) {
        it(`tells ${job.class} ${job.jid} as it was`, async () => {
          const document = await documentOf(reader, job.jid);
          assert.equal(document.job.class, job.class);
          assert.equal(document.job.queue, queueOf(run, job));
          assertAttempts(document, job);
          assertEnqueue(document, run, job);
          const sent = [...job.attempts.keys()].filter((rank) => wasSent(job, rank));
          score.writes += assertWrites(document, job, sent);
          score.candidates += assertCandidates(document, run, job);
          score.jobs++;
          score.attempts += sent.length;
          score.notSent += job.attempts.length - sent.length;
        });
      }

      it("scores 100 %", () => {
        const { jobs, attempts, writes, candidates, notSent } = score;
        console.log(
          `        ${run.name}: ${jobs} of ${run.jobs.length} jobs as they were: ${attempts} attempts, ${writes} with what they wrote; ` +
            `of ${notSent} that were not sent, ${candidates} as candidates`,
        );
        assert.equal(jobs, run.jobs.length);
      });
    });
  }
});

/** Returns how many attempts wrote something. */
function assertWrites(document: JobDocument, job: TrueJob, ranks: readonly number[]): number {
  const truth = job.enqueued_as === undefined ? undefined : WRITES[job.class];
  if (truth === undefined) return 0;
  for (const [at, rank] of ranks.entries()) {
    const tables = document.attempts[at]?.effects.tables.filter(({ outcome }) => outcome !== null);
    const written = Object.fromEntries(tables?.map(({ table, outcome }) => [table, outcome]) ?? []);
    assert.deepEqual(written, truth[rank], `what attempt ${rank + 1} of ${job.class} wrote`);
  }
  return ranks.length;
}

/** Runs that name no job are shown as candidates, with their worker and time. Returns how many there were. */
function assertCandidates(document: JobDocument, { style }: Run, job: TrueJob): number {
  const cut = job.attempts.filter(
    ({ outcome }) => outcome === "killed" || outcome === "requeued by shutdown",
  );
  if (cut.length === 0 || style === "child") return 0;
  for (const { pid, started_at: started } of cut) {
    const own = document.orphan_candidates.filter(
      (candidate) => pid == null || candidate.pid === pid,
    );
    assert.ok(own.length > 0, `no candidate of worker ${pid}`);
    if (started !== undefined) assertNear(own[0]?.started_at, started);
  }
  return cut.length;
}

async function documentOf(reader: JobStoreReader, jid: string): Promise<JobDocument> {
  const id = parseJid(jid);
  const document = id && (await readJob(reader, id, { orphans: true }));
  assert.ok(document, `${jid} was not found`);
  return document;
}

function assertAttempts(document: JobDocument, job: TrueJob): void {
  const ranks = [...job.attempts.keys()].filter((rank) => wasSent(job, rank));
  assert.deepEqual(
    document.attempts.map(({ number, state, error, handled }) => [
      number,
      state,
      // Sidekiq does not hear of an error that ActiveJob took care of, so the truth does not name it.
      handled === null ? (error?.class ?? null) : null,
    ]),
    ranks.map((rank, at) => [
      at + 1,
      STATES[job.attempts[rank]?.outcome ?? "completed"],
      ERRORS[job.class]?.[rank] ?? null,
    ]),
  );
  for (const [at, rank] of ranks.entries()) {
    const { started_at: started, pid } = job.attempts[rank] ?? {};
    if (started !== undefined) assertNear(document.attempts[at]?.started_at, started);
    if (typeof pid === "number") assert.equal(document.attempts[at]?.worker?.pid, pid);
  }
  if (ranks.length > 0) return;
  assert.equal(document.job.state, "queued");
  assert.ok(document.completeness.not_recorded.includes("attempts"));
  assert.ok(document.completeness.notes.some(({ code }) => code === "no_attempt_received"));
}

/** Sidekiq logs its start a little before the span begins. */
function assertNear(actual: string | undefined, expected: string): void {
  const difference = Math.abs(Date.parse(actual ?? "") - Date.parse(expected));
  assert.ok(difference < 250, `${actual} is ${difference} ms from ${expected}`);
}

function queueOf({ name }: Run, job: TrueJob): string {
  if (job.class === "GhostJob") return "nobody";
  return name.startsWith("shop") && job.class === "WelcomeMailJob" ? "mailers" : "default";
}

/** Requests that enqueue in the shop, by class; what is enqueued by a script has no span around it. */
const SHOP_REQUESTS: Readonly<Record<string, string>> = {
  SendInvoiceJob: "POST /orders",
  ChargeJob: "POST /charge",
  CheckoutJob: "POST /checkout",
  WelcomeMailJob: "POST /signup",
  ImportJob: "POST /imports",
};

/** Jobs that other jobs enqueue. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  ReceiptJob: ["SendInvoiceJob", "CheckoutJob"],
  PingJob: ["PingJob"],
  WelcomeMailJob: ["WelcomeMailJob"],
};

function assertEnqueue(
  { job: { enqueued_by: pushes } }: JobDocument,
  { name }: Run,
  job: TrueJob,
): void {
  const [push] = pushes;
  assert.ok(push, "no enqueue was recorded");
  if (!name.startsWith("shop")) {
    assert.ok(
      push.kind === "request" ? push.title?.startsWith("POST /orders") : push.kind === "job",
    );
    return;
  }
  if (job.enqueued_as === undefined) {
    assert.equal(push.kind, "job");
    assert.ok(PARENTS[job.class]?.includes(push.title ?? ""), `enqueued by ${push.title}`);
    return;
  }
  const request = SHOP_REQUESTS[job.class];
  assert.deepEqual(
    [push.kind, push.title],
    request === undefined ? ["none", null] : ["request", request],
  );
}
