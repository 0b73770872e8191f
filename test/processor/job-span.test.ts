/** Which spans are a job's, from the attributes that each generation of instrumentation writes. */
import assert from "node:assert/strict";
import { type JobSpan, jobSpanOf, type SpanFacts, stampOf } from "../../src/processor/job-span.js";

const SIDEKIQ = "OpenTelemetry::Instrumentation::Sidekiq";
const ACTIVE_JOB = "OpenTelemetry::Instrumentation::ActiveJob";
const JID = "6f929a52f7114e75f59be578";
const UUID = "2ac9663e-4d0c-49a4-aafa-02e7c1241c5c";

function facts(
  kind: SpanFacts["kind"],
  scopeName: string,
  attributes: Readonly<Record<string, string>>,
  name = "default process",
  isRoot = false,
): SpanFacts {
  return {
    kind,
    isRoot,
    scopeName,
    name,
    hasAttributes: Object.keys(attributes).length > 0,
    text: (keys) => keys.map((key) => attributes[key]).find((value) => value !== undefined),
  };
}

const OLD = {
  "messaging.system": "sidekiq",
  "messaging.sidekiq.job_class": "OkJob",
  "messaging.message_id": JID,
  "messaging.destination": "default",
};
const NEW = {
  "messaging.system": "sidekiq",
  "messaging.sidekiq.job_class": "OkJob",
  "messaging.message.id": JID,
  "messaging.destination.name": "default",
};
const WRAPPED = {
  "messaging.system": "active_job",
  "messaging.message.id": UUID,
  "messaging.active_job.message.provider_job_id": JID,
  "messaging.active_job.adapter.name": "sidekiq",
  "code.namespace": "AjJob",
  "messaging.destination": "mailers",
};
const WRAPPED_OLD = {
  "messaging.system": "sidekiq",
  "messaging.message_id": UUID,
  "messaging.active_job.provider_job_id": JID,
  "code.namespace": "AjJob",
  "messaging.destination": "mailers",
};

const BULL_MQ = {
  "bullmq.job.id": "1",
  "bullmq.queue.name": "mails",
  "bullmq.job.name": "welcome",
};

const attempt = { role: "attempt", jid: JID, jobClass: "OkJob", queue: "default" } as const;
const wrapped = {
  role: "active_job_attempt",
  jid: JID,
  activeJobId: UUID,
  jobClass: "AjJob",
  queue: "mailers",
} as const;

const CASES: readonly (readonly [string, SpanFacts, JobSpan | undefined])[] = [
  ["Sidekiq's CONSUMER span, names of before 2026", facts("consumer", SIDEKIQ, OLD), attempt],
  ["Sidekiq's CONSUMER span, new names", facts("consumer", SIDEKIQ, NEW), attempt],
  ["Sidekiq's PRODUCER span", facts("producer", SIDEKIQ, OLD), { ...attempt, role: "enqueue" }],
  ["another scope that says its system is sidekiq", facts("consumer", "my-app", OLD), attempt],
  [
    "Sidekiq's span of 2020, named after the class and with an id only",
    facts(
      "consumer",
      SIDEKIQ,
      { "messaging.message_id": JID, "messaging.destination": "low" },
      "Billing::OkJob",
    ),
    { role: "attempt", jid: JID, jobClass: "Billing::OkJob", queue: "low" },
  ],
  [
    "a span without a class, whose name is none",
    facts("consumer", SIDEKIQ, { "messaging.message_id": JID }, "default process"),
    { role: "attempt", jid: JID, jobClass: "", queue: "" },
  ],
  [
    "Sidekiq's span without an id",
    facts("consumer", SIDEKIQ, { "messaging.system": "sidekiq" }),
    undefined,
  ],
  ["Sidekiq's INTERNAL span", facts("other", SIDEKIQ, OLD), undefined],
  [
    "a consumer of another message system",
    facts("consumer", "kafka", { "messaging.system": "kafka", "messaging.message.id": "7" }),
    undefined,
  ],
  ["ActiveJob's CONSUMER span", facts("consumer", ACTIVE_JOB, WRAPPED), wrapped],
  [
    "ActiveJob's CONSUMER span up to 0.6.1, which calls its system sidekiq",
    facts("consumer", ACTIVE_JOB, WRAPPED_OLD),
    wrapped,
  ],
  [
    "ActiveJob's PRODUCER span, whose provider id is the old jid on a retry",
    facts("producer", ACTIVE_JOB, WRAPPED),
    { role: "active_job_enqueue", activeJobId: UUID, jobClass: "AjJob", queue: "mailers" },
  ],
  [
    "ActiveJob's CONSUMER span over another adapter: the job is ActiveJob's own",
    facts("consumer", ACTIVE_JOB, { ...WRAPPED, "messaging.active_job.adapter.name": "good_job" }),
    { role: "attempt", jid: UUID, jobClass: "AjJob", queue: "mailers" },
  ],
  [
    "a span stamped with the jid",
    facts("other", "PG", { "jobtrace.jid": JID }),
    { role: "member", jid: JID },
  ],
  [
    "a span stamped by another name",
    facts("other", "PG", { "sidekiq.jid": JID }),
    { role: "member", jid: JID },
  ],
  ["a span of no job", facts("other", "PG", {}), undefined],
  [
    "BullMQ's CONSUMER span, whose ids are counted in every queue",
    facts("consumer", "any-name", BULL_MQ),
    { role: "attempt", jid: "mails:1", jobClass: "welcome", queue: "mails" },
  ],
  [
    "BullMQ's PRODUCER span inside another job",
    facts("producer", "any-name", { ...BULL_MQ, "jobtrace.jid": "reports:9" }),
    { role: "enqueue", jid: "mails:1", jobClass: "welcome", queue: "mails" },
  ],
  ["BullMQ's span around fetching a job", facts("other", "any-name", BULL_MQ), undefined],
  [
    "the CONSUMER span that our own span processor took for a job",
    facts("consumer", "my-app", {
      "jobtrace.jid": "ticket-9",
      "jobtrace.class": "Work",
      "jobtrace.queue": "q",
    }),
    { role: "attempt", jid: "ticket-9", jobClass: "Work", queue: "q" },
  ],
  [
    "a CONSUMER span inside a job that is none itself",
    facts("consumer", "my-app", { "jobtrace.jid": "ticket-9" }),
    { role: "member", jid: "ticket-9" },
  ],
];

describe("jobSpanOf()", () => {
  for (const [name, span, expected] of CASES) {
    it(`knows ${name}`, () => {
      assert.deepEqual(jobSpanOf(span), expected);
    });
  }

  it("names a push of another job by that job, though it is stamped with the one it happened in", () => {
    const push = facts("producer", SIDEKIQ, { ...OLD, "jobtrace.jid": "parent" });
    assert.deepEqual([jobSpanOf(push)?.role, stampOf(push)], ["enqueue", "parent"]);
  });
});
