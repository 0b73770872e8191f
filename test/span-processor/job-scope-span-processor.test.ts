import assert from "node:assert/strict";
import { context, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  JobScopeSpanProcessor,
  type JobScopeSpanProcessorOptions,
} from "../../src/span-processor/job-scope-span-processor.js";

describe("JobScopeSpanProcessor", () => {
  before(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
  after(() => context.disable());

  it("puts the job's id on every span started inside it, through awaits", async () => {
    const { tracer, ended } = tracing();
    await runJob(tracer, "reports", "7", async () => {
      await tracer.startActiveSpan("outer", async (outer) => {
        await soon();
        tracer.startSpan("inner").end();
        outer.end();
      });
    });
    tracer.startSpan("outside").end();
    assert.deepEqual(jidsOf(ended()), {
      inner: "reports:7",
      outer: "reports:7",
      "process reports": "reports:7",
      outside: undefined,
    });
  });

  it("keeps jobs apart that run at once, also those of one id in two queues", async () => {
    const { tracer, ended } = tracing();
    const job = (queue: string, id: string): Promise<void> =>
      runJob(tracer, queue, id, async () => {
        for (let turn = 0; turn < 5; turn++) {
          await soon();
          tracer.startSpan(`${queue} ${id}`).end();
        }
      });
    await Promise.all([job("mails", "1"), job("reports", "1"), job("mails", "2")]);
    for (const [name, jid] of [
      ["mails 1", "mails:1"],
      ["reports 1", "reports:1"],
      ["mails 2", "mails:2"],
    ]) {
      const spans = ended().filter((span) => span.name === name);
      assert.equal(spans.length, 5);
      assert.ok(spans.every(({ attributes }) => attributes["jobtrace.jid"] === jid));
    }
  });

  it("names class and queue on the job's own span only", async () => {
    const { tracer, ended } = tracing();
    await runJob(tracer, "mails", "1", async () => tracer.startSpan("inner").end());
    const [inner, root] = ended();
    assert.equal(root?.attributes["jobtrace.class"], "welcome");
    assert.equal(root?.attributes["jobtrace.queue"], "mails");
    assert.equal(inner?.attributes["jobtrace.class"], undefined);
  });

  it("reaches spans that began before their job had its id", () => {
    const { tracer, ended } = tracing();
    tracer.startActiveSpan("process mails", { kind: SpanKind.CONSUMER }, (root) => {
      const early = tracer.startSpan("early");
      root.setAttributes({ "bullmq.queue.name": "mails", "bullmq.job.id": "1" });
      early.end();
      root.end();
    });
    assert.equal(jidsOf(ended())["early"], "mails:1");
  });

  it("counts a consumer span without a job to the job around it", async () => {
    const { tracer, ended } = tracing();
    await runJob(tracer, "mails", "1", async () => {
      tracer.startActiveSpan("poll", { kind: SpanKind.CONSUMER }, (poll) => {
        tracer.startSpan("inside").end();
        poll.end();
      });
    });
    assert.equal(jidsOf(ended())["inside"], "mails:1");
    assert.equal(jidsOf(ended())["poll"], "mails:1");
  });

  it("calls a run failed that BullMQ's telemetry calls so in an event", async () => {
    const { tracer, ended } = tracing();
    tracer.startActiveSpan("process mails", { kind: SpanKind.CONSUMER }, (root) => {
      root.setAttributes({ "bullmq.queue.name": "mails", "bullmq.job.id": "1" });
      root.addEvent("job failed", { "bullmq.job.failed.reason": "no such address" });
      root.end();
    });
    assert.deepEqual(ended()[0]?.status, {
      code: SpanStatusCode.ERROR,
      message: "no such address",
    });
  });

  it("knows the messaging conventions, and what it is told", async () => {
    const standard = tracing();
    standard.tracer
      .startSpan("receive", {
        kind: SpanKind.CONSUMER,
        attributes: { "messaging.message.id": "m-1" },
      })
      .end();
    assert.equal(jidsOf(standard.ended())["receive"], "m-1");
    const own = tracing({ jobOf: ({ ticket }) => ({ jid: `ticket-${String(ticket)}` }) });
    own.tracer.startSpan("work", { kind: SpanKind.CONSUMER, attributes: { ticket: 9 } }).end();
    assert.equal(jidsOf(own.ended())["work"], "ticket-9");
  });

  it("sends a record the moment a job starts, under the job's own span, and none for what is no job", async () => {
    const records = new InMemorySpanExporter();
    const { tracer, ended } = tracing({ startRecords: records });
    tracer.startSpan("poll", { kind: SpanKind.CONSUMER }).end();
    await runJob(tracer, "mails", "1", async () => {
      await soon();
      const [record] = records.getFinishedSpans();
      assert.equal(record?.name, "jobtrace.start");
      assert.deepEqual(record?.attributes, {
        "jobtrace.jid": "mails:1",
        "jobtrace.class": "welcome",
        "jobtrace.queue": "mails",
        "jobtrace.pid": process.pid,
        "jobtrace.record": "start",
      });
      assert.equal(ended().filter(({ name }) => name === "process mails").length, 0);
      assert.equal(record?.parentSpanContext?.spanId, trace.getActiveSpan()?.spanContext().spanId);
    });
    assert.equal(records.getFinishedSpans().length, 1);
  });
});

interface Tracing {
  readonly tracer: Tracer;
  readonly ended: () => readonly ReadableSpan[];
}

function tracing(options?: JobScopeSpanProcessorOptions): Tracing {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new JobScopeSpanProcessor(options), new SimpleSpanProcessor(exporter)],
  });
  return { tracer: provider.getTracer("test"), ended: () => exporter.getFinishedSpans() };
}

/** As BullMQ's telemetry does it: a span, its attributes, then the job inside it. */
async function runJob(
  tracer: Tracer,
  queue: string,
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  await tracer.startActiveSpan(`process ${queue}`, { kind: SpanKind.CONSUMER }, async (root) => {
    root.setAttributes({
      "bullmq.queue.name": queue,
      "bullmq.job.id": id,
      "bullmq.job.name": "welcome",
    });
    await work();
    root.end();
  });
}

function jidsOf(spans: readonly ReadableSpan[]): Record<string, unknown> {
  return Object.fromEntries(
    spans.map(({ name, attributes }) => [name, attributes["jobtrace.jid"]]),
  );
}

function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
