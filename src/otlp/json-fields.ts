/**
 * The fields of OTLP/JSON: for each message in `proto/` the name, number and type of its fields. A test compares these
 * tables with the declarations there.
 */

export type JsonScalar =
  | "string"
  | "bool"
  | "double"
  | "int64"
  | "int32"
  | "uint32"
  | "fixed32"
  | "fixed64"
  | "bytes"
  /** Trace and span ids: hex where proto3 JSON has base64. */
  | "id"
  | "spanKind"
  | "severityNumber"
  | "statusCode";

export interface JsonField {
  readonly name: string;
  readonly number: number;
  /** A message is named by a function, for values contain values. */
  readonly type: JsonScalar | (() => JsonMessage);
  readonly isList: boolean;
}

/** By name; in the order of their numbers. */
export type JsonMessage = ReadonlyMap<string, JsonField>;

type Type = JsonField["type"];

export const ANY_VALUE = message({
  stringValue: [1, "string"],
  boolValue: [2, "bool"],
  intValue: [3, "int64"],
  doubleValue: [4, "double"],
  arrayValue: [5, () => ARRAY_VALUE],
  kvlistValue: [6, () => KEY_VALUE_LIST],
  bytesValue: [7, "bytes"],
  stringValueStrindex: [8, "int32"],
});

export const KEY_VALUE = message({
  key: [1, "string"],
  value: [2, () => ANY_VALUE],
  keyStrindex: [3, "int32"],
});

export const ARRAY_VALUE = message({ values: [1, () => ANY_VALUE, "list"] });
export const KEY_VALUE_LIST = message({ values: [1, () => KEY_VALUE, "list"] });

export const ENTITY_REF = message({
  schemaUrl: [1, "string"],
  type: [2, "string"],
  idKeys: [3, "string", "list"],
  descriptionKeys: [4, "string", "list"],
});

export const RESOURCE = message({
  attributes: [1, () => KEY_VALUE, "list"],
  droppedAttributesCount: [2, "uint32"],
  entityRefs: [3, () => ENTITY_REF, "list"],
});

export const SCOPE = message({
  name: [1, "string"],
  version: [2, "string"],
  attributes: [3, () => KEY_VALUE, "list"],
  droppedAttributesCount: [4, "uint32"],
});

export const EVENT = message({
  timeUnixNano: [1, "fixed64"],
  name: [2, "string"],
  attributes: [3, () => KEY_VALUE, "list"],
  droppedAttributesCount: [4, "uint32"],
});

export const LINK = message({
  traceId: [1, "id"],
  spanId: [2, "id"],
  traceState: [3, "string"],
  attributes: [4, () => KEY_VALUE, "list"],
  droppedAttributesCount: [5, "uint32"],
  flags: [6, "fixed32"],
});

export const SPAN_STATUS = message({ message: [2, "string"], code: [3, "statusCode"] });

export const SPAN = message({
  traceId: [1, "id"],
  spanId: [2, "id"],
  traceState: [3, "string"],
  parentSpanId: [4, "id"],
  name: [5, "string"],
  kind: [6, "spanKind"],
  startTimeUnixNano: [7, "fixed64"],
  endTimeUnixNano: [8, "fixed64"],
  attributes: [9, () => KEY_VALUE, "list"],
  droppedAttributesCount: [10, "uint32"],
  events: [11, () => EVENT, "list"],
  droppedEventsCount: [12, "uint32"],
  links: [13, () => LINK, "list"],
  droppedLinksCount: [14, "uint32"],
  status: [15, () => SPAN_STATUS],
  flags: [16, "fixed32"],
});

export const SCOPE_SPANS = message({
  scope: [1, () => SCOPE],
  spans: [2, () => SPAN, "list"],
  schemaUrl: [3, "string"],
});

export const RESOURCE_SPANS = message({
  resource: [1, () => RESOURCE],
  scopeSpans: [2, () => SCOPE_SPANS, "list"],
  schemaUrl: [3, "string"],
});

export const REQUEST = message({ resourceSpans: [1, () => RESOURCE_SPANS, "list"] });

export const LOG_RECORD = message({
  timeUnixNano: [1, "fixed64"],
  severityNumber: [2, "severityNumber"],
  severityText: [3, "string"],
  body: [5, () => ANY_VALUE],
  attributes: [6, () => KEY_VALUE, "list"],
  droppedAttributesCount: [7, "uint32"],
  flags: [8, "fixed32"],
  traceId: [9, "id"],
  spanId: [10, "id"],
  observedTimeUnixNano: [11, "fixed64"],
  eventName: [12, "string"],
});

export const SCOPE_LOGS = message({
  scope: [1, () => SCOPE],
  logRecords: [2, () => LOG_RECORD, "list"],
  schemaUrl: [3, "string"],
});

export const RESOURCE_LOGS = message({
  resource: [1, () => RESOURCE],
  scopeLogs: [2, () => SCOPE_LOGS, "list"],
  schemaUrl: [3, "string"],
});

export const LOGS_REQUEST = message({ resourceLogs: [1, () => RESOURCE_LOGS, "list"] });

function message(fields: Readonly<Record<string, readonly [number, Type, "list"?]>>): JsonMessage {
  const entries = Object.entries(fields).map(([name, [number, type, list]]) => {
    const field: JsonField = { name, number, type, isList: list === "list" };
    return [name, field] as const;
  });
  return new Map(entries);
}
