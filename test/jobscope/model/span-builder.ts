/** Spans for tests of the model, with only what a test cares about. */
import type { SpanId, TraceId } from "../../../src/jobscope/model/ids.js";
import type { AttemptTrace, Push } from "../../../src/jobscope/model/job-trace.js";
import type { AttributeValue, Span, SpanEvent } from "../../../src/jobscope/model/span.js";
import { unixNano } from "../../../src/jobscope/model/time.js";

export interface SpanOptions {
  readonly id?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly kind?: Span["kind"];
  /** Milliseconds. */
  readonly at?: readonly [number, number];
  readonly scope?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly status?: Span["status"]["code"];
  readonly message?: string;
  readonly events?: readonly SpanEvent[];
  readonly resource?: Readonly<Record<string, AttributeValue>>;
}

let count = 0;

export function span(options: SpanOptions = {}): Span {
  const [from, to] = options.at ?? [0, 1];
  return {
    traceId: "t" as TraceId,
    spanId: (options.id ?? `span${++count}`) as SpanId,
    parentSpanId: (options.parent ?? "root") as SpanId,
    name: options.name ?? "",
    kind: options.kind ?? "client",
    start: unixNano(BigInt(Math.round(from * 1_000_000))),
    end: unixNano(BigInt(Math.round(to * 1_000_000))),
    status: { code: options.status ?? "unset", message: options.message ?? "" },
    attributes: new Map(Object.entries(options.attributes ?? {})),
    events: options.events ?? [],
    links: [],
    flags: 0,
    scope: { name: `OpenTelemetry::Instrumentation::${options.scope ?? "PG"}`, version: "1.0.0" },
    resource: new Map(Object.entries(options.resource ?? {})),
  };
}

export function sql(
  statement: string,
  at: readonly [number, number],
  options: SpanOptions = {},
): Span {
  const attributes = {
    "db.system": "postgresql",
    "db.name": "shop",
    "db.statement": statement,
    ...options.attributes,
  };
  return span({ name: statement, at, ...options, attributes });
}

export function exception(type: string, message = "", stacktrace = ""): SpanEvent {
  const attributes = {
    "exception.type": type,
    "exception.message": message,
    "exception.stacktrace": stacktrace,
  };
  return { name: "exception", time: unixNano(1n), attributes: new Map(Object.entries(attributes)) };
}

/** An attempt of 100 ms whose root is "root". */
export function attemptOf(
  spans: readonly Span[],
  pushes: Readonly<Record<string, Push>> = {},
  root: SpanOptions = {},
): AttemptTrace {
  return {
    root: span({
      id: "root",
      parent: "",
      kind: "consumer",
      scope: "Sidekiq",
      at: [0, 100],
      ...root,
    }),
    activeJob: undefined,
    start: undefined,
    knownBy: "root",
    receivedAt: unixNano(0n),
    spans,
    pushes: new Map(Object.entries(pushes) as [SpanId, Push][]),
    missingParents: [],
  };
}
