/**
 * The full decode, by the static code that the build makes from `proto/`. Used when somebody looks at a span, never
 * while receiving.
 *
 * What the wire scan accepted decodes here without throwing: both have the same limits, and malformed UTF-8, which
 * protobufjs refuses, is replaced by U+FFFD as everywhere in this folder. Other bytes throw protobufjs's errors.
 */
import protobuf from "protobufjs/minimal.js";
import { opentelemetry } from "./generated/otlp.js";
import { VALUE_DEPTH_MAX } from "./value-walk.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;
const { Span } = opentelemetry.proto.trace.v1;
const { ExportLogsServiceRequest } = opentelemetry.proto.collector.logs.v1;
const { LogRecord } = opentelemetry.proto.logs.v1;
const { Resource } = opentelemetry.proto.resource.v1;

export type OtlpRequest = opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
export type OtlpSpan = opentelemetry.proto.trace.v1.Span;
export type OtlpLogsRequest = opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
export type OtlpLogRecord = opentelemetry.proto.logs.v1.LogRecord;
export type OtlpResource = opentelemetry.proto.resource.v1.Resource;
export type OtlpKeyValue = opentelemetry.proto.common.v1.KeyValue.$Properties;
export type OtlpAnyValue = opentelemetry.proto.common.v1.AnyValue.$Properties;

/** Request, ResourceSpans, ScopeSpans, Span, Event, KeyValue: the messages around an event's value. */
const MESSAGES_AROUND_A_VALUE = 6;
/** A level of a key-value list is the list, the pair and the value. */
const MESSAGES_PER_LEVEL = 3;

// A setting of the whole process; nothing else in it decodes with protobufjs. The deepest value may hold an empty list.
protobuf.Reader.recursionLimit =
  MESSAGES_AROUND_A_VALUE + MESSAGES_PER_LEVEL * (VALUE_DEPTH_MAX + 1);

/** `bytes`: a whole `ExportTraceServiceRequest`. */
export function decodeRequest(bytes: Uint8Array): OtlpRequest {
  return ExportTraceServiceRequest.decode(lossyReader(bytes));
}

/** `bytes`: the body of one Span message. */
export function decodeSpan(bytes: Uint8Array): OtlpSpan {
  return Span.decode(lossyReader(bytes));
}

/** `bytes`: a whole `ExportLogsServiceRequest`. */
export function decodeLogsRequest(bytes: Uint8Array): OtlpLogsRequest {
  return ExportLogsServiceRequest.decode(lossyReader(bytes));
}

/** `bytes`: the body of one LogRecord message. */
export function decodeLogRecord(bytes: Uint8Array): OtlpLogRecord {
  return LogRecord.decode(lossyReader(bytes));
}

/** `bytes`: the body of one Resource message. */
export function decodeResource(bytes: Uint8Array): OtlpResource {
  return Resource.decode(lossyReader(bytes));
}

/** The generated code reads text with `stringVerify`, which throws where `string` replaces. */
function lossyReader(bytes: Uint8Array): protobuf.Reader {
  const reader = protobuf.Reader.create(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  reader.stringVerify = () => reader.string();
  return reader;
}
