/**
 * The record that a job has started: a span of no length, sent the moment it happens. The job's own span is sent when it
 * has ended, which a killed worker's never does; by this record the job is known to have run, and where.
 */
import { randomBytes } from "node:crypto";
import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { JobFacts } from "./job-facts.js";
import { jobAttributes, RECORD_KEY } from "./job-attributes.js";

const SCOPE = { name: "jobtrace", version: "1" };

/** `root`: the consumer span of the job, which is still open. */
export function startRecord(root: ReadableSpan, job: JobFacts): ReadableSpan {
  const { traceId } = root.spanContext();
  const context = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    traceFlags: TraceFlags.SAMPLED,
  };
  return {
    name: "jobtrace.start",
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    parentSpanContext: root.spanContext(),
    startTime: root.startTime,
    endTime: root.startTime,
    duration: [0, 0],
    ended: true,
    status: { code: SpanStatusCode.UNSET },
    attributes: { ...jobAttributes(job), "jobtrace.pid": process.pid, [RECORD_KEY]: "start" },
    links: [],
    events: [],
    resource: root.resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
