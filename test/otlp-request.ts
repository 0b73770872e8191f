/** Small OTLP requests for tests, encoded by the generated code. */
import { randomBytes } from "node:crypto";
import { opentelemetry } from "../src/otlp/generated/otlp.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;

export interface JobSpanFacts {
  readonly jid: string;
  readonly traceId: Buffer;
  readonly jobClass?: string;
  readonly queue?: string;
  /** Nanoseconds since 1970. */
  readonly start?: bigint;
  readonly end?: bigint;
}

export function randomJob(): JobSpanFacts {
  return { jid: randomBytes(12).toString("hex"), traceId: randomBytes(16) };
}

export interface SpanFacts {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** OTLP `SpanKind`: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly error?: {
    readonly type: string;
    readonly message: string;
    readonly stacktrace?: string;
  };
  readonly events?: readonly { readonly name: string; readonly time: bigint }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly flags: number;
  }[];
  /** Last part of the instrumentation's name: "Sidekiq", "PG"; another library's whole name in lower case. */
  readonly scope?: string;
  readonly scopeVersion?: string;
}

/** One request of one sender. */
export function requestOf(
  spans: readonly SpanFacts[],
  resource: Readonly<Record<string, string | number>> = {
    "service.name": "test",
    "process.pid": 1,
  },
): Buffer {
  const scopes = [...new Set(spans.map(scopeOf))];
  const request = {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: scopes.map((scope) => ({
          scope: JSON.parse(scope) as object,
          spans: spans.filter((span) => scopeOf(span) === scope).map(spanMessage),
        })),
      },
    ],
  };
  return Buffer.from(ExportTraceServiceRequest.encode(request as never).finish());
}

function scopeOf({ scope = "Sidekiq", scopeVersion: version = "0.29.0" }: SpanFacts): string {
  const name = /^[A-Z]/.test(scope) ? `OpenTelemetry::Instrumentation::${scope}` : scope;
  return JSON.stringify({ name, version });
}

function spanMessage({
  traceId,
  spanId,
  parentSpanId = "",
  name,
  kind,
  start,
  end,
  attributes = {},
  error,
  events = [],
  links = [],
}: SpanFacts): object {
  const exception = error && {
    name: "exception",
    timeUnixNano: longOf(end),
    attributes: keyValues({
      "exception.type": error.type,
      "exception.message": error.message,
      "exception.stacktrace": error.stacktrace ?? "",
    }),
  };
  return {
    traceId: Buffer.from(traceId, "hex"),
    spanId: Buffer.from(spanId, "hex"),
    parentSpanId: Buffer.from(parentSpanId, "hex"),
    name,
    kind,
    startTimeUnixNano: longOf(start),
    endTimeUnixNano: longOf(end),
    attributes: keyValues(attributes),
    links: links.map(({ traceId: linkedTrace, spanId: linkedSpan, flags }) => ({
      traceId: Buffer.from(linkedTrace, "hex"),
      spanId: Buffer.from(linkedSpan, "hex"),
      flags,
    })),
    events: [
      ...events.map((event) => ({ name: event.name, timeUnixNano: longOf(event.time) })),
      ...(exception ? [exception] : []),
    ],
    ...(error
      ? { status: { code: 2, message: `Unhandled exception of type: ${error.type}` } }
      : {}),
  };
}

function keyValues(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: longOf(BigInt(value)) },
  }));
}

export function sidekiqAttributes(
  jid: string,
  jobClass: string,
  queue = "default",
): Readonly<Record<string, string>> {
  return {
    "messaging.system": "sidekiq",
    "messaging.sidekiq.job_class": jobClass,
    "messaging.message_id": jid,
    "messaging.destination": queue,
  };
}

/** One request with one Sidekiq attempt in it. */
export function attemptRequest({
  jid,
  traceId,
  jobClass = "TestJob",
  queue = "default",
  start = 1_795_000_000_000_000_000n,
  end = start + 5_000_000n,
}: JobSpanFacts): Buffer {
  return requestOf([
    {
      traceId: traceId.toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      name: `${queue} process`,
      kind: 5,
      start,
      end,
      attributes: sidekiqAttributes(jid, jobClass, queue),
    },
  ]);
}

/** protobufjs takes 64-bit integers in two halves. */
function longOf(value: bigint): {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
} {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: true,
  };
}
