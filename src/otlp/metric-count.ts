/**
 * How many data points a request of metrics holds: what its sender is told was not kept. Only the way to them is walked;
 * what stands beside it is passed over, and what is in them is not looked at.
 */
import { type JsonValue, readJson } from "./json-reader.js";
import { createWireCursor, enter, readTag, skipField, startCursor } from "./wire-cursor.js";

export type DataPointCount =
  | { readonly kind: "counted"; readonly metrics: number; readonly dataPoints: number }
  | { readonly kind: "malformed"; readonly reason: string };

/** ExportMetricsServiceRequest, ResourceMetrics and ScopeMetrics have the next message in these fields. */
const RESOURCE_METRICS = 0x0a;
const SCOPE_METRICS = 0x12;
const METRIC = 0x12;
/** gauge, sum, histogram, exponential_histogram and summary of a Metric; each has its data points in field 1. */
const KINDS = [0x2a, 0x3a, 0x4a, 0x52, 0x5a];
const DATA_POINT = 0x0a;

const KIND_NAMES = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

/** Of fields that are passed over any wire type will do. */
const NO_FIELDS = new Uint8Array(0);

/** `bytes`: an `ExportMetricsServiceRequest` in protobuf. Never throws. */
export function countDataPoints(bytes: Uint8Array): DataPointCount {
  const cursor = createWireCursor();
  startCursor(cursor, bytes);
  let metrics = 0;
  let dataPoints = 0;
  /** Calls `visit` with where each message ends whose field has one of these tags. */
  const each = (end: number, tags: readonly number[], visit: (inner: number) => void): void => {
    while (cursor.position < end) {
      const tag = readTag(cursor, end);
      if (tags.includes(tag)) visit(enter(cursor, end));
      else skipField(cursor, tag, NO_FIELDS, end);
    }
  };
  const pass = (end: number): void => {
    if (cursor.failure !== undefined) return;
    dataPoints++;
    cursor.position = end;
  };
  each(bytes.length, [RESOURCE_METRICS], (resource) =>
    each(resource, [SCOPE_METRICS], (scope) =>
      each(scope, [METRIC], (metric) => {
        metrics++;
        each(metric, KINDS, (kind) => each(kind, [DATA_POINT], pass));
      }),
    ),
  );
  const { failure } = cursor;
  return failure === undefined
    ? { kind: "counted", metrics, dataPoints }
    : { kind: "malformed", reason: `${failure.reason} at byte ${failure.offset}` };
}

/** `bytes`: the same in OTLP/JSON. Never throws. */
export function countDataPointsOfJson(bytes: Uint8Array): DataPointCount {
  const read = readJson(bytes);
  if (read.kind === "malformed") return read;
  if (typeof read.value !== "object" || read.value?.kind !== "object")
    return { kind: "malformed", reason: "cannot read an OTLP request: the JSON is not an object" };
  const metrics = itemsOf(read.value, "resourceMetrics")
    .flatMap((resource) => itemsOf(resource, "scopeMetrics"))
    .flatMap((scope) => itemsOf(scope, "metrics"));
  const dataPoints = metrics
    .flatMap((metric) => KIND_NAMES.map((kind) => memberOf(metric, kind)))
    .reduce((sum, data) => sum + itemsOf(data, "dataPoints").length, 0);
  return { kind: "counted", metrics: metrics.length, dataPoints };
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value?.kind !== "object") return undefined;
  return value.values[value.keys.lastIndexOf(key)];
}

function itemsOf(value: JsonValue | undefined, key: string): readonly JsonValue[] {
  const list = memberOf(value, key);
  return typeof list === "object" && list?.kind === "array" ? list.items : [];
}
