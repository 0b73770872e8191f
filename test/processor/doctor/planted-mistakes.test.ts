/** Each mistake in the set-up of an application that its spans show, planted, and what `doctor` says of it. */
import assert from "node:assert/strict";
import type { Check } from "../../../src/jobscope/model/doctor/check.js";
import { sidekiqAttributes } from "../../otlp-request.js";
import {
  attempt,
  checksOf,
  jidOf,
  JOBS,
  MS,
  push,
  request,
  SECOND,
  type Sent,
  sentRight,
  spanIdOf,
  START,
  step,
  traceIdOf,
  WEB,
  WORKER,
} from "./sent-by-an-application.js";

interface Mistake {
  readonly what: string;
  readonly sent: readonly Sent[];
  readonly id: string;
  readonly text: RegExp;
  /** Verb and lines. */
  readonly change: RegExp;
  readonly status?: Check["status"];
  /** Other problems that the same mistake makes. */
  readonly also?: readonly string[];
}

const LATER = { n: 90, at: START + 50n * SECOND };
const PIPELINE = { "db.system": "redis", "db.statement": "" };

/** Redis' side of a push, beside it. */
function write(job: { readonly n: number; readonly at: bigint }, statement: string) {
  return {
    ...request(job),
    spanId: spanIdOf(`write ${job.n}`),
    parentSpanId: spanIdOf(`request ${job.n}`),
    name: "PIPELINED",
    kind: 3,
    scope: "Redis",
    start: job.at + 2n * MS,
    end: job.at + 3n * MS,
    attributes: { ...PIPELINE, "db.statement": statement },
  };
}

/** A job as :child sends it: in the trace of its push. */
function inPushTrace(n: number): { readonly traceId: string; readonly parentSpanId: string } {
  return { traceId: traceIdOf(`web ${n}`), parentSpanId: spanIdOf(`push ${n}`) };
}

const MISTAKES: readonly Mistake[] = [
  {
    what: "nothing is sent",
    sent: [],
    id: "received",
    status: "broken",
    text: /^Nothing received\. Ruby's exporter speaks http\/protobuf only: unset OTEL_EXPORTER_OTLP_PROTOCOL$/,
    change: /^unset OTEL_EXPORTER_OTLP_PROTOCOL$/,
  },
  {
    what: "spans, but none of Sidekiq: it sends nothing",
    sent: [{ by: WEB, spans: JOBS.map((job) => request(job)) }],
    id: "jobs",
    text: /^3 spans from shop-web: Rack\. None from Sidekiq\.$/,
    change: /^start Sidekiq with the same OTEL_ variables/,
  },
  {
    what: "spans of a Sidekiq process without its instrumentation",
    sent: [
      {
        by: WORKER,
        spans: JOBS.map((job) => {
          const { parentSpanId: _, ...root } = step(job, { attributes: { "db.system": "redis" } });
          return { ...root, scope: "Redis" };
        }),
      },
    ],
    id: "jobs",
    text: /^3 spans from shop: Redis\. None from Sidekiq\.$/,
    change: /^add gem "opentelemetry-instrumentation-sidekiq"$/,
  },
  {
    what: "enqueues and no start at all",
    sent: [{ by: WEB, spans: JOBS.flatMap((job) => [request(job), push(job)]) }],
    id: "starts",
    text: /^3 jobs were enqueued by shop-web, none started$/,
    change: /^start Sidekiq with OTEL_EXPORTER_OTLP_ENDPOINT set$/,
  },
  {
    what: "a queue that no worker which sends serves",
    sent: [
      ...sentRight(),
      {
        by: WEB,
        spans: [10, 11].flatMap((n) => {
          const job = { n, at: START - 360n * SECOND, jobClass: "ReportJob", queue: "low" };
          return [request(job), push(job)];
        }),
      },
    ],
    id: "starts",
    text: /^2 enqueues have no start: 2 × ReportJob, queue "low", oldest 6m3s$/,
    change: /^set OTEL_EXPORTER_OTLP_ENDPOINT where the worker of queue "low" starts$/,
  },
  {
    what: "jobs without steps",
    sent: [...sentRight().slice(0, 1), { by: WORKER, spans: JOBS.map((job) => attempt(job)) }],
    id: "steps",
    text: /^no step was recorded inside 3 attempts$/,
    change: /^add gem "opentelemetry-instrumentation-all" and c\.use_all$/,
  },
  {
    what: "the SDK that leaves jobs untraced with an old gem",
    sent: [
      {
        by: { ...WORKER, "telemetry.sdk.version": "1.2.1" },
        spans: JOBS.map((job) => attempt(job, { scopeVersion: "0.24.3" })),
      },
    ],
    id: "steps",
    text: /^no step was recorded inside 3 attempts$/,
    change: /^update opentelemetry-instrumentation-sidekiq to 0\.24\.4 or later$/,
  },
  {
    what: ":child, which loses the runs of scheduled jobs",
    sent: [
      {
        by: WEB,
        spans: [
          ...JOBS.flatMap((job) => [request(job), push(job)]),
          request(LATER),
          push({ ...LATER, at: START }),
          write({ n: 90, at: START }, "ZADD schedule ? ?"),
        ],
      },
      {
        by: WORKER,
        spans: JOBS.flatMap((job) => [
          attempt(job, inPushTrace(job.n)),
          step(job, { traceId: traceIdOf(`web ${job.n}`) }),
        ]),
      },
    ],
    id: "propagation_style",
    text: /^propagation_style: :child loses scheduled jobs and retries: 1 scheduled job without a start$/,
    change: /^use propagation_style: :link$/,
  },
  {
    what: ":child, which loses retries",
    sent: [
      sentRight()[0] ?? assert.fail(),
      {
        by: WORKER,
        spans: JOBS.flatMap((job) => [
          attempt(job, {
            ...inPushTrace(job.n),
            ...(job.n === 1 ? { error: { type: "IOError", message: "closed" } } : {}),
          }),
          step(job, { traceId: traceIdOf(`web ${job.n}`) }),
        ]),
      },
    ],
    id: "propagation_style",
    text: /: 1 failed attempt without the next$/,
    change: /^use propagation_style: :link$/,
  },
  {
    what: "Sidekiq spans without a job id",
    sent: [
      {
        by: WORKER,
        spans: JOBS.map((job) =>
          attempt(job, {
            attributes: { "messaging.system": "sidekiq", "messaging.sidekiq.jid": jidOf(job.n) },
          }),
        ),
      },
    ],
    id: "job_id",
    text: /^3 Sidekiq spans have no job id\. Attributes seen: messaging\.system, messaging\.sidekiq\.jid$/,
    change: /^send the job id as messaging\.message\.id/,
  },
  {
    what: "ActiveJob's instrumentation without Sidekiq's",
    sent: [
      {
        by: WORKER,
        spans: JOBS.map((job) =>
          attempt(job, {
            scope: "ActiveJob",
            attributes: {
              "messaging.system": "active_job",
              "messaging.active_job.adapter.name": "sidekiq",
              "messaging.message.id": `8f3c1d0a-0000-4000-8000-00000000000${job.n}`,
              "code.namespace": "MailJob",
            },
          }),
        ),
      },
    ],
    id: "active_job",
    text: /^3 jobs are known by ActiveJob only/,
    change: /^add gem "opentelemetry-instrumentation-sidekiq"$/,
  },
  {
    what: "no name",
    sent: sentRight().map((each) => ({
      ...each,
      by: { ...each.by, "service.name": "unknown_service" },
    })),
    id: "service_name",
    text: /^12 spans from unknown_service: the sender has no name$/,
    change: /^set OTEL_SERVICE_NAME=shop/,
  },
  {
    what: "no row counts",
    sent: [
      ...sentRight().slice(0, 1),
      {
        by: WORKER,
        spans: JOBS.flatMap((job) => [
          attempt(job),
          step(job, {
            attributes: { "db.operation": "INSERT", "jobtrace.jid": jidOf(job.n) },
          }),
        ]),
      },
    ],
    id: "rows",
    text: /^no row counts from PG$/,
    change:
      /^add "OpenTelemetry::Instrumentation::PG" => {3}\{ db_response_affected_rows: true \}$/,
  },
  {
    what: "no jid on inner spans",
    sent: [
      ...sentRight().slice(0, 1),
      {
        by: WORKER,
        spans: JOBS.flatMap((job) => [
          attempt(job),
          step(job, { attributes: { "db.operation": "INSERT", "db.response.affected_rows": 1 } }),
        ]),
      },
    ],
    id: "stamps",
    text: /^no jid on inner spans: a killed worker cannot be seen$/,
    change: /^add config\/initializers\/jobtrace\.rb/,
  },
  {
    what: "a queue of the exporter that is too short",
    sent: [
      ...sentRight(),
      {
        by: WORKER,
        spans: Array.from({ length: 3000 }, (_, n) =>
          step(JOBS[0] ?? { n: 1 }, {
            spanId: spanIdOf(`lost ${n}`),
            parentSpanId: n % 2 === 0 ? spanIdOf("dropped") : spanIdOf("attempt 1"),
          }),
        ).map((span) => ({ ...span, start: START + SECOND + 30n * MS })),
      },
    ],
    id: "lost_spans",
    text: /^1 job lost its first spans \(3,002 spans in one job\)$/,
    change: /^set OTEL_BSP_MAX_QUEUE_SIZE=20000$/,
  },
  {
    what: "a worker that was killed, without the job id on its spans",
    sent: [
      ...sentRight(),
      {
        by: WORKER,
        spans: [step({ n: 50 }, { attributes: { "db.system": "redis" }, scope: "Redis" })],
      },
    ],
    id: "orphans",
    text: /^1 trace, 1 span, belongs to no job \([0-9a-f]{8}…, 09:14:02 to 09:14:02 UTC, worker pid 12\)$/,
    change: /^add config\/initializers\/jobtrace\.rb/,
  },
  {
    what: "a Sidekiq gem with a wrong enqueued_at",
    sent: sentRight().map((each) => ({
      ...each,
      spans: each.spans.map((span) =>
        span.scope === undefined ? { ...span, scopeVersion: "0.27.0" } : span,
      ),
    })),
    id: "enqueued_at",
    text: /^opentelemetry-instrumentation-sidekiq 0\.27\.0 records a wrong enqueued_at/,
    change: /^update opentelemetry-instrumentation-sidekiq to 0\.28\.1 or later$/,
  },
  {
    what: "a worker whose clock is behind",
    sent: [
      ...sentRight().slice(0, 1),
      {
        by: WORKER,
        spans: JOBS.map(({ n, at = START }) => ({ n, at: at - 2n * SECOND })).flatMap((job) => [
          attempt(job),
          step(job),
        ]),
      },
    ],
    id: "clocks",
    text: /^clocks: shop is at least 1\.98s behind shop-web: job c0ffee0+[123] starts before its enqueue$/,
    change: /^sync the clock of the host of shop \(chrony or ntpd\)$/,
  },
  {
    what: "a clock ahead of the collector's",
    sent: sentRight().map((each) => ({ ...each, receivedAfter: 0n })),
    id: "clock_ahead",
    text: /^clocks: shop is 3\.06s ahead of the collector: spans ended after they were received$/,
    change: /^sync the clock of the host of shop/,
  },
  {
    what: "a ratio sampler",
    sent: [
      ...sentRight(),
      {
        by: WEB,
        spans: Array.from({ length: 40 }, (_, n) =>
          request(
            { n: 1000 + n },
            { traceId: `${traceIdOf(`s${n}`).slice(0, 16)}1${traceIdOf(`t${n}`).slice(0, 15)}` },
          ),
        ),
      },
    ].map((each) => ({
      ...each,
      spans: each.spans.map((span) => ({
        ...span,
        traceId: `${span.traceId.slice(0, 16)}1${span.traceId.slice(17)}`,
      })),
    })),
    id: "sampling",
    text: /^about 1 in 8 traces is sent \(traceidratio 0\.1 seen\); jobs are missing$/,
    change: /^set OTEL_TRACES_SAMPLER=parentbased_always_on$/,
  },
  {
    what: "pushes in traces that are not sent",
    sent: [
      {
        by: WORKER,
        spans: JOBS.flatMap((job) => [
          attempt(job, {
            links: [{ traceId: traceIdOf("gone"), spanId: spanIdOf("gone"), flags: 0x300 }],
            events: [
              { name: "created_at", time: job.at ?? START },
              { name: "enqueued_at", time: job.at ?? START },
            ],
          }),
          step(job),
        ]),
      },
    ],
    id: "sampling",
    text: /^3 of 3 jobs were enqueued in a trace that is not sent; jobs are missing$/,
    change: /^set OTEL_TRACES_SAMPLER=parentbased_always_on$/,
  },
  {
    what: "a forked process whose exporter thread did not survive",
    sent: [
      ...sentRight().map((each) => ({ ...each, by: { ...each.by, "process.pid": 10 } })),
      {
        by: { ...WORKER, "process.pid": 21, "process.parent_pid": 10 },
        spans: [attempt({ n: 70 }), step({ n: 70 })],
        receivedAfter: -60n * SECOND,
      },
    ],
    id: "fork",
    text: /^shop pid 21 fell silent; its parent pid 10 has sent for 2m since$/,
    change: /^move OpenTelemetry::SDK\.configure into after_fork \/ on_worker_boot$/,
    also: ["clock_ahead"],
  },
];

describe("doctor on planted mistakes", () => {
  it("has nothing to change where all is right", async () => {
    const checks = await checksOf(sentRight());
    assert.deepEqual(
      checks.map(({ status, text }) => `${status} ${text}`),
      [
        "ok 2 services: shop (worker), shop-web (web)",
        "ok 3 jobs recognised",
        "ok clocks: none of 3 jobs starts before its enqueue",
      ],
    );
  });

  for (const { what, sent, id, text, change, status = "problem", also = [] } of MISTAKES) {
    it(`finds ${what}, and names one change`, async () => {
      const checks = (await checksOf(sent)).filter((check) => check.status !== "ok");
      const found = checks.find((check) => check.id === id) ?? assert.fail(JSON.stringify(checks));
      assert.match(found.text, text);
      assert.equal(found.status, status);
      const { verb = "", lines = [] } = found.change ?? {};
      assert.match([verb, ...lines].join(" "), change);
      const others = checks.map((check) => check.id).filter((each) => each !== id);
      assert.deepEqual(others, also);
    });
  }

  it("says what is no mistake and worth knowing", async () => {
    const oneName = await checksOf(
      sentRight().map((each) => ({ ...each, by: { ...each.by, "service.name": "shop" } })),
    );
    assert.ok(
      oneName.some(
        ({ status, text }) =>
          status === "ok" &&
          text ===
            'web and worker both call themselves "shop"; that is fine, set OTEL_SERVICE_NAME to tell them apart',
      ),
    );
    const other = await checksOf([
      ...sentRight(),
      {
        by: WEB,
        spans: [
          { ...request({ n: 60 }), scope: "my-gem", kind: 1, attributes: { colour: "red" } },
          attempt(
            { n: 61 },
            {
              scope: "ActiveJob",
              attributes: {
                ...sidekiqAttributes("8f3c1d0a-0000-4000-8000-000000000061", "MailJob"),
                "messaging.system": "active_job",
                "messaging.active_job.adapter.name": "async",
              },
            },
          ),
        ],
      },
    ]);
    const texts = other.filter(({ status }) => status === "ok").map(({ text }) => text);
    assert.ok(
      texts.includes('1 span of libraries jobtrace does not know, shown as "other": my-gem'),
    );
    assert.ok(
      texts.includes("1 job by ActiveJob alone (adapter async), shown under the ActiveJob id"),
    );
  });
});
