/** Who pushed a job, in the words of the document: a request, another job, any other span, or nobody recorded. */
import type { Enqueued } from "../job-document.js";
import type { EnqueueTrace } from "../job-trace.js";
import { type Span, textAttribute } from "../span.js";
import { between, formatInstant } from "../time.js";

export function enqueued(enqueue: EnqueueTrace): Enqueued {
  const { span, enqueuedBy: by } = enqueue;
  const pushed = {
    at: formatInstant(span.start),
    service: textAttribute((by?.span ?? span).resource, "service.name") ?? null,
    trace_id: span.traceId,
    span_id: span.spanId,
    scheduled: enqueue.scheduled ?? null,
    started_at: by === undefined ? null : formatInstant(by.span.start),
    duration_ns: by === undefined ? null : Number(between(by.span.start, by.span.end)),
  };
  if (by?.kind === "job") return { ...pushed, kind: "job", title: by.jobClass, jid: by.jid };
  if (by !== undefined) {
    const kind = by.span.kind === "server" ? "request" : "span";
    return { ...pushed, kind, title: requestTitle(by.span), jid: null };
  }
  return {
    ...pushed,
    kind: enqueue.parentMissing ? "not_received" : "none",
    title: null,
    jid: null,
  };
}

/**
 * `POST /orders/:id`. Rack's instrumentation names its span so when a router is instrumented too, and else only by
 * the method: then the path is added from the attributes of either HTTP convention.
 */
export function requestTitle(span: Span): string {
  if (span.name.includes("/")) return span.name;
  const route = textAttribute(span.attributes, "http.route", "url.path", "http.target");
  const path = route?.split("?", 1)[0];
  const method = textAttribute(span.attributes, "http.request.method", "http.method");
  if (path === undefined || span.kind !== "server")
    return span.name === "" ? "(unnamed)" : span.name;
  return `${method ?? span.name} ${path}`;
}
