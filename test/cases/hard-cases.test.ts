/**
 * The cases that make it hard to tell a job from its spans, by number. What a recorded run has is taken from there; the rest
 * is made in the shapes that the instrumentations are known to send.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { listJobs } from "../../src/jobscope/inspect/job-list.js";
import { lookUpJob } from "../../src/jobscope/inspect/job-lookup.js";
import { readJob } from "../../src/jobscope/inspect/read-job.js";
import { jobTraceId } from "../../src/jobscope/model/document/job-trace-id.js";
import { parseJid } from "../../src/jobscope/model/ids.js";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import { requestOf } from "../otlp-request.js";
import { recordedRun, recordedRuns } from "../recorded-runs.js";
import { storedRequests, storedRun } from "../stored-runs.js";
import {
  attempt,
  jidOf,
  push,
  redis,
  request,
  spanIdOf,
  sql,
  traceIdOf,
  WEB,
  WORKER,
} from "./sidekiq-spans.js";

const A = jidOf("aa");
const B = jidOf("bb");
const SAMPLED = 0x301;
const PHANTOM = 0x300;

async function told(reader: JobStoreReader, text: string): Promise<JobDocument> {
  const jid = parseJid(text) ?? assert.fail(`${text} is no jid`);
  const document = await readJob(reader, jid, { orphans: true });
  return document ?? assert.fail(`${text} is not known`);
}

function jobOf(run: string, jobClass: string, index = 0): string {
  const jobs = recordedRun(run).jobs.filter((job) => job.class === jobClass);
  return jobs[index]?.jid ?? assert.fail(`${run} has no ${jobClass}`);
}

const titles = ({ attempts }: JobDocument): readonly string[] =>
  attempts.flatMap(({ steps }) => steps.map(({ title }) => title));
const notes = ({ completeness }: JobDocument): readonly string[] =>
  completeness.notes.map(({ code }) => code);

describe("hard cases", () => {
  it("case 1: an attempt is a CONSUMER span with a jid, whatever it is called and wherever it hangs", async () => {
    const odd = {
      ...attempt(A, { trace: "a", span: "a1", parent: "a0" }, { from: 5, to: 50 }),
      name: "my own name",
    };
    const reader = await storedRequests(requestOf([odd], WORKER));
    const { attempts, job } = await told(reader, A);
    assert.deepEqual([job.class, attempts.length, attempts[0]?.state], ["ShipJob", 1, "completed"]);
  });

  it("case 2: a push is a step of the job around it, and who enqueued the job that it pushed", async () => {
    const reader = await storedRun("shop-link-full");
    const jid = jobOf("shop-link-full", "CheckoutJob");
    const parent = await told(reader, jid);
    const [child] = parent.effects.jobs.flatMap(({ jids }) => jids);
    assert.ok(
      child !== undefined && titles(parent).some((title) => title.includes(child.slice(0, 8))),
    );
    const [by] = (await told(reader, child)).job.enqueued_by;
    assert.deepEqual([by?.kind, by?.title, by?.jid], ["job", "CheckoutJob", jid]);
  });

  it("case 3: of several jobs in one trace each has its own spans", async () => {
    const reader = await storedRun("cap-child");
    const documents = await Promise.all(
      recordedRun("cap-child").jobs.map(({ jid }) => told(reader, jid)),
    );
    const traces = documents.flatMap(({ job }) => job.ids.trace_ids);
    assert.ok(new Set(traces).size < traces.length, "no trace holds two jobs");
    const steps = documents.flatMap(({ job, attempts }) =>
      attempts.flatMap((each) =>
        each.steps.filter(({ kind }) => kind === "db").map(({ id }) => `${job.jid} ${id}`),
      ),
    );
    const spans = steps.map((step) => step.split(" ")[1]);
    assert.equal(new Set(spans).size, spans.length, "a step is in two jobs");
  });

  it("case 4: children that came before their job are found in it", async () => {
    const reader = await storedRequests(
      requestOf(
        [
          sql(
            { trace: "a", span: "a2", parent: "a1" },
            { from: 10, to: 12 },
            "SELECT 1 FROM carts",
          ),
        ],
        WORKER,
      ),
      requestOf([attempt(A, { trace: "a", span: "a1" }, { from: 5, to: 50 })], WORKER),
    );
    const document = await told(reader, A);
    assert.ok(titles(document).includes("SELECT carts"));
    assert.equal(document.completeness.missing_parents, 0);
  });

  it("case 5: a push that comes after its attempt is joined by the jid", async () => {
    const consumed = requestOf(
      [
        attempt(
          A,
          { trace: "b", span: "b1" },
          { from: 5, to: 50, link: { trace: "a", span: "a2", flags: SAMPLED } },
        ),
      ],
      WORKER,
    );
    const pushed = requestOf(
      [
        request({ trace: "a", span: "a1" }, { from: 0, to: 3 }),
        push(A, { trace: "a", span: "a2", parent: "a1" }, 1),
      ],
      WEB,
    );
    const { job } = await told(await storedRequests(consumed, pushed), A);
    assert.deepEqual(
      job.enqueued_by.map(({ title }) => title),
      ["POST /orders"],
    );
  });

  it("case 6: a run whose root never came is a candidate with link, and the job's own with child", async () => {
    const linked = await told(await storedRun("cap-sigkill"), jobOf("cap-sigkill", "SlowJob"));
    assert.deepEqual(
      [linked.job.state, linked.attempts.length, linked.orphan_candidates.length],
      ["queued", 0, 1],
    );
    assert.equal(linked.orphan_candidates[0]?.basis, "started_after_enqueue");
    const child = await told(await storedRun("shop-child"), jobOf("shop-child", "ImportJob"));
    assert.deepEqual(
      [child.job.state, child.attempts[0]?.state, child.attempts[0]?.known_by],
      ["orphaned", "orphaned", "only_open_push"],
    );
    assert.ok(child.job.state_evidence.length > 0);
  });

  it("case 6: what ran between the push and a late first attempt is a candidate, also where the attempt does not say when it was pushed", async () => {
    const stored = (write: string, attemptAt: number, scopeVersion: string) =>
      storedRequests(
        requestOf(
          [
            request({ trace: "a", span: "a1" }, { from: 0, to: 3 }),
            push(A, { trace: "a", span: "a2", parent: "a1" }, 1),
            redis({ trace: "a", span: "a3", parent: "a1" }, { from: 1.2, to: 1.3 }, write),
          ],
          WEB,
        ),
        requestOf(
          [sql({ trace: "b", span: "b2", parent: "b1" }, { from: 5, to: 6 }, "SELECT 1")],
          WORKER,
        ),
        requestOf(
          [
            attempt(B, { trace: "c", span: "c1" }, { from: 7, to: 8 }),
            attempt(
              A,
              { trace: "d", span: "d1" },
              { from: attemptAt, to: attemptAt + 5, enqueued: 1, scopeVersion },
            ),
          ],
          WORKER,
        ),
      );
    const bases = async (reader: JobStoreReader) =>
      (await told(reader, A)).orphan_candidates.map(({ basis }) => basis);
    assert.deepEqual(await bases(await stored("LPUSH queue:default ?", 30_000, "0.29.0")), [
      "ran_again",
    ]);
    // This version's enqueued_at is the time of created_at.
    assert.deepEqual(await bases(await stored("LPUSH queue:default ?", 30_000, "0.27.1")), [
      "started_after_enqueue",
    ]);
    assert.deepEqual(await bases(await stored("ZADD schedule ? ?", 30_000, "0.27.1")), []);
    assert.deepEqual(await bases(await stored("LPUSH queue:default ?", 5_000, "0.27.1")), []);
  });

  it("case 7: another push after a failure is a retry, the same push again a recovered one", async () => {
    const charge = await told(
      await storedRun("shop-link-full"),
      jobOf("shop-link-full", "ChargeJob"),
    );
    assert.deepEqual(
      charge.attempts.map(({ cause }) => cause),
      ["first", "retry", "retry"],
    );
    const again = await storedRequests(
      requestOf(
        [
          attempt(
            A,
            { trace: "a", span: "a1" },
            { from: 5, to: 50, enqueued: 1, error: "Sidekiq::Shutdown" },
          ),
          attempt(A, { trace: "b", span: "b1" }, { from: 9000, to: 9050, enqueued: 1 }),
          attempt(B, { trace: "c", span: "c1" }, { from: 5, to: 50, enqueued: 1 }),
          attempt(B, { trace: "d", span: "d1" }, { from: 9000, to: 9050, enqueued: 1 }),
        ],
        WORKER,
      ),
    );
    assert.deepEqual(
      (await told(again, A)).attempts.map(({ cause, state }) => [cause, state]),
      [
        ["first", "interrupted"],
        ["requeued_by_shutdown", "completed"],
      ],
    );
    assert.equal((await told(again, B)).attempts[1]?.cause, "recovered");
  });

  it("case 8: work in a plain thread is in no job", async () => {
    const reader = await storedRun("cap-link");
    const documents = await Promise.all(
      recordedRun("cap-link").jobs.map(({ jid }) => told(reader, jid)),
    );
    const own = new Set(
      documents.flatMap(({ attempts }) => attempts.flatMap(({ trace_id: id }) => id)),
    );
    const reader2 = await storedRequests(
      requestOf(
        [
          attempt(A, { trace: "a", span: "a1" }, { from: 0, to: 100 }),
          sql({ trace: "f", span: "f1" }, { from: 20, to: 30 }, "SELECT 1 FROM threads"),
        ],
        WORKER,
      ),
    );
    assert.ok(own.size > 0);
    assert.ok(!titles(await told(reader2, A)).some((title) => title.includes("threads")));
  });

  it("case 9: ActiveJob's span and Sidekiq's are one attempt, with the work of both traces", async () => {
    const jid = jobOf("shop-link-full", "WelcomeMailJob");
    const { job, attempts } = await told(await storedRun("shop-link-full"), jid);
    assert.equal(attempts.length, 1);
    assert.ok(job.ids.trace_ids.length >= 2);
    assert.ok(attempts[0]?.steps.some(({ kind }) => kind === "db"));
  });

  it("case 10: retry_on's jids are known by one ActiveJob id, and each names the other", async () => {
    const reader = await storedRun("shop-link-full");
    const [first, second] = [0, 1].map((index) => jobOf("shop-link-full", "WelcomeMailJob", index));
    const document = await told(reader, first ?? "");
    assert.equal(document.attempts[0]?.handled, "retried");
    assert.equal(document.attempts[0]?.error?.class, "ArgumentError");
    assert.deepEqual(
      document.job.ids.siblings.map(({ jid }) => jid),
      [second],
    );
    const found = await lookUpJob(reader, document.job.ids.active_job_id ?? "");
    const jids = found.kind === "ambiguous" ? found.jobs.map(({ jid }) => jid) : [];
    assert.deepEqual(new Set(jids), new Set([first, second]));
  });

  it("case 11: a link that leads nowhere costs nothing: the job is joined with its push by jid", async () => {
    const reader = await storedRequests(
      requestOf([push(A, { trace: "a", span: "a2" }, 1)], WEB),
      requestOf(
        [
          attempt(
            A,
            { trace: "b", span: "b1" },
            {
              from: 9000,
              to: 9050,
              enqueued: 8999,
              created: 1,
              link: { trace: "e", span: "e1", flags: PHANTOM },
            },
          ),
        ],
        WORKER,
      ),
    );
    const { job, attempts } = await told(reader, A);
    assert.deepEqual(
      [job.enqueued_by.length, attempts.length, attempts[0]?.wait_ns],
      [1, 1, 1_000_000],
    );
  });

  it("case 12: with child style, what is not exported is said", async () => {
    const reader = await storedRun("cap-child");
    const failing = await told(reader, jobOf("cap-child", "FailTwiceJob"));
    assert.equal(failing.completeness.complete, false);
    assert.match(
      failing.completeness.notes.map(({ text }) => text).join("\n"),
      /propagation_style|trace_poller_enqueue/,
    );
  });

  it("case 13: an enqueue without an attempt is queued, and nothing more is claimed", async () => {
    const { job, attempts, completeness } = await told(
      await storedRun("shop-link-full"),
      jobOf("shop-link-full", "GhostJob"),
    );
    assert.deepEqual([job.state, job.queue, attempts.length], ["queued", "nobody", 0]);
    assert.ok(completeness.not_recorded.includes("attempts"));
  });

  it("case 14: noise of the poller and of Redis is no job and in none", async () => {
    const reader = await storedRequests(
      requestOf(
        [
          {
            traceId: traceIdOf("a"),
            spanId: spanIdOf("a1"),
            name: "Sidekiq::Processor#process_one",
            kind: 1,
            start: 1n,
            end: 2n,
          },
          redis({ trace: "a", span: "a2", parent: "a1" }, { from: 0, to: 1 }, "BRPOP ?"),
          redis({ trace: "b", span: "b1" }, { from: 0, to: 1 }, "ZADD ? ? ?"),
        ],
        WORKER,
      ),
    );
    assert.deepEqual(await listJobs(reader, { limit: undefined }), []);
  });

  it("case 15: a job that started before it was pushed has a doubt, and no wait", async () => {
    const reader = await storedRequests(
      requestOf([push(A, { trace: "a", span: "a2" }, 100)], WEB),
      requestOf(
        [attempt(A, { trace: "b", span: "b1" }, { from: 16, to: 60, enqueued: 100 })],
        WORKER,
      ),
    );
    const { job, attempts } = await told(reader, A);
    assert.deepEqual([job.wait_ns, job.wait_reason], [null, "clocks_disagree"]);
    assert.equal(attempts[0]?.started_at, "2026-03-03T09:00:00.016000000Z", "a time was corrected");
  });

  it("case 16: versions that record the push wrongly have no wait, and are not told as run again", async () => {
    const lying = { enqueued: 1, created: 1, scopeVersion: "0.27.0" };
    const reader = await storedRequests(
      requestOf(
        [
          attempt(
            A,
            { trace: "a", span: "a1" },
            { from: 5, to: 50, error: "ArgumentError", ...lying },
          ),
          attempt(A, { trace: "b", span: "b1" }, { from: 20_000, to: 20_050, ...lying }),
        ],
        WORKER,
      ),
    );
    const { job, attempts } = await told(reader, A);
    assert.deepEqual([job.wait_ns, job.wait_reason], [null, "not_recorded"]);
    assert.deepEqual(
      attempts.map(({ cause }) => cause),
      ["first", "retry"],
    );
  });

  it("case 17: a batch that came twice counts once", async () => {
    const [body] = recordedRun("cap-link")
      .bodies.slice(2, 3)
      .map((each) => gunzipSync(each));
    assert.ok(body);
    const once = await storedRequests(
      ...recordedRun("cap-link").bodies.map((each) => gunzipSync(each)),
    );
    const twice = await storedRequests(
      ...recordedRun("cap-link").bodies.map((each) => gunzipSync(each)),
      body,
    );
    for (const { jid } of recordedRun("cap-link").jobs) {
      const [a, b] = [await told(once, jid), await told(twice, jid)];
      assert.deepEqual(b.attempts, a.attempts, jid);
    }
  });

  it("case 18: quirks go by the version of each sender's library, not of the fleet's", async () => {
    const reader = await storedRequests(
      requestOf(
        [
          attempt(
            A,
            { trace: "a", span: "a1" },
            { from: 50, to: 60, enqueued: 10, scopeVersion: "0.27.0" },
          ),
        ],
        WORKER,
      ),
      requestOf(
        [
          attempt(
            B,
            { trace: "b", span: "b1" },
            { from: 50, to: 60, enqueued: 10, scopeVersion: "0.29.0" },
          ),
        ],
        WORKER,
      ),
    );
    assert.deepEqual(
      [(await told(reader, A)).job.wait_ns, (await told(reader, B)).job.wait_ns],
      [null, 40_000_000],
    );
  });

  it("case 19: of a bulk of 2,000 pushes in one trace, one job is told without the others", async () => {
    const jids = Array.from({ length: 2000 }, (_, index) => index.toString(16).padStart(24, "0"));
    const spans = jids.map((jid, index) =>
      push(jid, { trace: "a", span: (index + 16).toString(16), parent: "01" }, 1 + index / 1000),
    );
    const reader = await storedRequests(
      requestOf(
        [request({ trace: "a", span: "01" }, { from: 0, to: 9 }, "POST /bulk"), ...spans],
        WEB,
      ),
    );
    const { job, completeness, chain } = await told(reader, jids[1234] ?? "");
    assert.deepEqual([job.enqueued_by.length, job.enqueued_by[0]?.title], [1, "POST /bulk"]);
    assert.equal(completeness.spans, 0);
    assert.equal(chain.children.length, 0);
  });

  it("case 20: a job that somebody pushed again by hand has two pushes and the cause", async () => {
    const reader = await storedRequests(
      requestOf(
        [push(A, { trace: "a", span: "a2" }, 1), push(A, { trace: "d", span: "d2" }, 8000)],
        WEB,
      ),
      requestOf(
        [
          attempt(
            A,
            { trace: "b", span: "b1" },
            { from: 5, to: 50, enqueued: 2, error: "ArgumentError" },
          ),
          attempt(A, { trace: "c", span: "c1" }, { from: 8010, to: 8050, enqueued: 8001 }),
        ],
        WORKER,
      ),
    );
    const { job, attempts } = await told(reader, A);
    assert.equal(job.enqueued_by.length, 2);
    assert.deepEqual(
      attempts.map(({ cause }) => cause),
      ["first", "manual"],
    );
  });

  it("case 21: one pid in two services is two workers", async () => {
    const other = { ...WORKER, "service.name": "billing-worker" };
    const inner = { parent: "a1", trace: "a" };
    const reader = await storedRequests(
      requestOf([attempt(A, { trace: "a", span: "a1" }, { from: 0, to: 100 })], WORKER),
      // The parent never came; the other service has the same pid and was at work at that time.
      requestOf(
        [
          sql(
            { ...inner, span: "a9", parent: "77" },
            { from: 20, to: 30 },
            "SELECT 1 FROM billing",
          ),
        ],
        other,
      ),
    );
    assert.ok(!titles(await told(reader, A)).some((title) => title.includes("billing")));
  });

  it("case 22: what a URL carries as a secret is in no title", async () => {
    for (const { name, jobs } of recordedRuns().filter(({ name: run }) => run.startsWith("shop"))) {
      const reader = await storedRun(name);
      for (const { jid } of jobs) {
        const document = await told(reader, jid);
        assert.ok(!titles(document).some((title) => /token=|secret/.test(title)), `${name} ${jid}`);
      }
    }
  });

  it("case 23: the trace id that a job is forwarded under is made of its jid alone", async () => {
    const { job } = await told(await storedRun("cap-link"), jobOf("cap-link", "OkJob"));
    assert.deepEqual(
      [job.ids.job_trace_id, jobTraceId(job.jid)],
      [`6a6f6274${job.jid}`, job.ids.job_trace_id],
    );
  });

  it("the same job twice at once is said to be", async () => {
    const reader = await storedRequests(
      requestOf(
        [
          attempt(A, { trace: "a", span: "a1" }, { from: 0, to: 100, enqueued: 1 }),
          attempt(A, { trace: "b", span: "b1" }, { from: 50, to: 150, enqueued: 1 }),
        ],
        WORKER,
      ),
    );
    const document = await told(reader, A);
    assert.deepEqual(
      document.attempts.map(({ overlaps }) => overlaps),
      [[2], [1]],
    );
    assert.ok(notes(document).length > 0);
  });
});
