/**
 * The JSON that Jaeger's search page takes under "Upload": each job is one trace, under the id that it is forwarded under.
 * Shape: jaegertracing/jaeger `model/json/model.go`, jaeger-ui `types/trace.tsx`. What OpenTelemetry's fields are called
 * there: opentelemetry-collector-contrib `pkg/translator/jaeger`.
 */
import { safeJson } from "../inspect/safe-text.js";
import { valueJson } from "../model/attributes-json.js";
import {
  type Attributes,
  type AttributeValue,
  type Span,
  type SpanEvent,
  textAttribute,
} from "../model/span.js";
import type { ExportedJob } from "./export-format.js";

export async function* writeJaeger(jobs: AsyncIterable<ExportedJob>): AsyncIterable<string> {
  yield '{"data":[';
  let before = "";
  for await (const job of jobs) {
    yield* traceLines(job, before);
    before = ",";
  }
  yield '],"total":0,"limit":0,"offset":0,"errors":null}';
}

async function* traceLines(job: ExportedJob, before: string): AsyncIterable<string> {
  const traceId = job.document.job.ids.job_trace_id;
  const processes = createProcesses();
  const own = await job.ownSpans();
  const context = { traceId, own, processes };
  yield `${before}{"traceID":${JSON.stringify(traceId)},"spans":[`;
  let comma = "";
  for await (const spans of job.traceSpans()) {
    for (const span of spans) {
      yield comma + safeJson(spanJson(span, context));
      comma = ",";
    }
  }
  yield `],"processes":${safeJson(processes.json())},"warnings":null}`;
}

interface TraceContext {
  readonly traceId: string;
  readonly own: ReadonlySet<string>;
  readonly processes: Processes;
}

function spanJson(span: Span, context: TraceContext): unknown {
  const { start, end } = span;
  return {
    traceID: context.traceId,
    spanID: span.spanId,
    flags: span.flags & 0xff,
    operationName: span.name,
    references: referencesOf(span, context),
    startTime: microseconds(start),
    duration: end > start ? microseconds(end - start) : 0,
    tags: [...tagsOf(span.attributes), ...ownTags(span)],
    logs: span.events.map(logOf),
    processID: context.processes.idOf(span.resource),
    warnings: end < start ? ["it ends before it begins"] : null,
  };
}

function microseconds(nanos: bigint): number {
  return Number(nanos / 1000n);
}

/** A link to a span of the same job leads into the job's trace, where that span is now. */
function referencesOf(
  { parentSpanId, links }: Span,
  { traceId, own }: TraceContext,
): readonly unknown[] {
  const parent =
    parentSpanId === undefined
      ? []
      : [{ refType: "CHILD_OF", traceID: traceId, spanID: parentSpanId }];
  const followed = links.map((link) => ({
    refType: "FOLLOWS_FROM",
    traceID: own.has(link.traceId + link.spanId) ? traceId : link.traceId,
    spanID: link.spanId,
  }));
  return [...parent, ...followed];
}

interface Tag {
  readonly key: string;
  readonly type: "string" | "bool" | "int64" | "float64" | "binary";
  readonly value: unknown;
}

function tagsOf(attributes: Attributes): readonly Tag[] {
  return [...attributes].map(([key, value]) => tagOf(key, value));
}

function tagOf(key: string, value: AttributeValue): Tag {
  const type = typeOf(value);
  // A list or a map has no type of its own there.
  if (type === "string" && typeof value !== "string")
    return { key, type, value: value === null ? "" : JSON.stringify(valueJson(value)) };
  return { key, type, value: valueJson(value) };
}

function typeOf(value: AttributeValue): Tag["type"] {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  return value instanceof Uint8Array ? "binary" : "string";
}

/** Fields of the span that are tags in Jaeger. */
function ownTags({ kind, status, scope }: Span): readonly Tag[] {
  const text = (key: string, value: string): readonly Tag[] =>
    value === "" ? [] : [{ key, type: "string", value }];
  return [
    ...text("otel.scope.name", scope.name),
    ...text("otel.scope.version", scope.version),
    ...text("span.kind", kind === "unspecified" ? "" : kind),
    ...text("otel.status_code", status.code === "unset" ? "" : status.code.toUpperCase()),
    ...(status.code === "error" ? [{ key: "error", type: "bool", value: true } as const] : []),
    ...text("otel.status_description", status.message),
  ];
}

function logOf({ name, time, attributes }: SpanEvent): unknown {
  const event: readonly Tag[] = name === "" ? [] : [{ key: "event", type: "string", value: name }];
  return {
    timestamp: microseconds(time),
    fields: [...event, ...tagsOf(attributes)],
  };
}

interface Processes {
  /** Of who sent a span with this resource. */
  idOf(resource: Attributes): string;
  json(): Readonly<Record<string, unknown>>;
}

function createProcesses(): Processes {
  const ids = new Map<string, string>();
  const known = new Map<Attributes, string>();
  const processes: Record<string, unknown> = {};
  return {
    idOf(resource) {
      const found = known.get(resource);
      if (found !== undefined) return found;
      const service = textAttribute(resource, "service.name");
      const others = new Map([...resource].filter(([key]) => key !== "service.name"));
      const process = { serviceName: service ?? "unknown_service", tags: tagsOf(others) };
      const text = JSON.stringify(process);
      const id = ids.get(text) ?? `p${ids.size + 1}`;
      ids.set(text, id);
      processes[id] = process;
      known.set(resource, id);
      return id;
    },
    json: () => processes,
  };
}
