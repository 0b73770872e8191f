/** Requests with every field OTLP defines, in the generated encoder's shape. */
import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;
const { ExportLogsServiceRequest } = opentelemetry.proto.collector.logs.v1;

export type RequestProperties =
  opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest.$Properties;

export type LogsRequestProperties =
  opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest.$Properties;

/** The keys that the tests' scanners look for; some generated attributes have them. */
export const WANTED_KEYS = ["messaging.message_id", "messaging.message.id", "jid", ""];

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const word = fc.oneof(
  fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const long = (isUnsigned: boolean) =>
  fc
    .tuple(word, word)
    .map(([low, high]) => new protobuf.util.LongBits(low, high).toLong(isUnsigned));
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  // Lengths around 128 take two bytes on the wire.
  fc.integer({ min: 120, max: 140 }).map((length) => "x".repeat(length)),
);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Mostly valid, now and then of another length or all zero. */
const id = (length: number) =>
  fc.oneof(
    { weight: 8, arbitrary: bytes(length) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: length + 2 }) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(length)) },
  );
const key = fc.oneof(fc.constantFrom(...WANTED_KEYS), text);
const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 3 });
/** Every field may be absent. */
const record = <Model>(model: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> }) =>
  fc.record(model, { requiredKeys: [] });

const { pair: attribute, value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: long(false) }),
    fc.record({ doubleValue: fc.double() }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 5 }) }),
    fc.record({ stringValueStrindex: int32 }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: list(tie("value")) }) }),
    fc.record({ kvlistValue: fc.record({ values: list(tie("pair")) }) }),
  ),
  pair: record({ key, value: tie("value"), keyStrindex: int32 }),
}));

const attributes = { attributes: list(attribute), droppedAttributesCount: uint32 };

const event = record({ timeUnixNano: long(true), name: text, ...attributes });

const link = record({
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  ...attributes,
  flags: uint32,
});

const span = record({
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  parentSpanId: id(8),
  name: text,
  kind: fc.oneof(fc.integer({ min: 0, max: 5 }), int32),
  startTimeUnixNano: long(true),
  endTimeUnixNano: long(true),
  ...attributes,
  events: list(event),
  droppedEventsCount: uint32,
  links: list(link),
  droppedLinksCount: uint32,
  status: record({ message: text, code: fc.oneof(fc.integer({ min: 0, max: 2 }), int32) }),
  flags: uint32,
});

const scope = record({ name: text, version: text, ...attributes });

const scopeSpans = record({
  scope,
  spans: list(span),
  schemaUrl: text,
});

const entityRef = record({
  schemaUrl: text,
  type: text,
  idKeys: list(text),
  descriptionKeys: list(text),
});

const resource = record({ ...attributes, entityRefs: list(entityRef) });

const resourceSpans = record({
  resource,
  scopeSpans: list(scopeSpans),
  schemaUrl: text,
});

// The generated types want protobufjs's class for 64-bit integers, and take its shape.
export const requestArbitrary = fc.record({
  resourceSpans: list(resourceSpans),
}) as unknown as fc.Arbitrary<RequestProperties>;

const logRecord = record({
  timeUnixNano: long(true),
  severityNumber: fc.oneof(fc.integer({ min: 0, max: 24 }), int32),
  severityText: text,
  body: anyValue,
  ...attributes,
  flags: uint32,
  traceId: id(16),
  spanId: id(8),
  observedTimeUnixNano: long(true),
  eventName: text,
});

const resourceLogs = record({
  resource,
  scopeLogs: list(record({ scope, logRecords: list(logRecord), schemaUrl: text })),
  schemaUrl: text,
});

export const logsRequestArbitrary = fc.record({
  resourceLogs: list(resourceLogs),
}) as unknown as fc.Arbitrary<LogsRequestProperties>;

export function encodeLogsRequest(request: LogsRequestProperties): Uint8Array {
  return ExportLogsServiceRequest.encode(request).finish();
}

export function encodeRequest(request: RequestProperties): Uint8Array {
  return ExportTraceServiceRequest.encode(request).finish();
}
