/**
 * OTLP/JSON `ExportTraceServiceRequest` or `ExportLogsServiceRequest` → the same request in protobuf.
 *
 * The mapping is proto3 JSON with OTLP's changes (OTLP specification, "JSON Protobuf Encoding"): ids are hex, 64-bit
 * integers are strings or numbers, enums are integers, unknown fields are ignored, null is absent. Everything present is
 * written, because an empty text or a zero in an attribute means something.
 */
import protobuf from "protobufjs/minimal.js";
import {
  type JsonField,
  type JsonMessage,
  type JsonScalar,
  LOGS_REQUEST,
  REQUEST,
} from "./json-fields.js";
import { type JsonObject, type JsonValue, readJson } from "./json-reader.js";
import {
  base64Of,
  doubleOf,
  idOf,
  integerOf,
  severityNumberOf,
  spanKindOf,
  statusCodeOf,
} from "./json-scalars.js";
import type { Signal } from "./signal.js";
import { WIRE } from "./wire-fields.js";

export type JsonConversion =
  /** `warning`: worth telling the sender, else "". */
  | { readonly kind: "converted"; readonly body: Uint8Array; readonly warning: string }
  | { readonly kind: "malformed"; readonly reason: string };

/** Where the walk is: field names and indexes from the root. */
type Path = (string | number)[];

/** Never leaves this file. */
class ConversionError extends Error {}

/** What a request of each signal is, and the name of its one field when it is written as in protobuf. */
const REQUESTS: Readonly<
  Record<Signal, { readonly message: JsonMessage; readonly field: string; readonly snake: string }>
> = {
  traces: { message: REQUEST, field: "resourceSpans", snake: "resource_spans" },
  logs: { message: LOGS_REQUEST, field: "resourceLogs", snake: "resource_logs" },
};

/** `bytes`: UTF-8 JSON text. Never throws. */
export function otlpFromJson(bytes: Uint8Array, signal: Signal = "traces"): JsonConversion {
  const read = readJson(bytes);
  if (read.kind === "malformed") return read;
  const { value } = read;
  if (!isObject(value)) {
    return { kind: "malformed", reason: "cannot read an OTLP request: the JSON is not an object" };
  }
  try {
    const writer = protobuf.Writer.create();
    writeMessage(writer, REQUESTS[signal].message, value, []);
    return { kind: "converted", body: writer.finish(), warning: warningOf(value, signal) };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return { kind: "malformed", reason: error.message };
  }
}

/** Names in snake_case are unknown fields, and such a request would vanish without a word. */
function warningOf({ keys }: JsonObject, signal: Signal): string {
  const { field, snake } = REQUESTS[signal];
  return keys.includes(snake) && !keys.includes(field)
    ? `${snake} is not an OTLP/JSON field and was ignored: did you mean ${field}`
    : "";
}

function writeMessage(
  writer: protobuf.Writer,
  message: JsonMessage,
  object: JsonObject,
  path: Path,
): void {
  for (const [field, value] of membersOf(message, object)) {
    path.push(field.name);
    if (field.isList) writeList(writer, field, value, path);
    else writeField(writer, field, value, path);
    path.pop();
  }
}

/** The known members that are not null. */
function membersOf(message: JsonMessage, object: JsonObject): Map<JsonField, JsonValue> {
  const members = new Map<JsonField, JsonValue>();
  for (const [index, key] of object.keys.entries()) {
    const field = message.get(key);
    const value = object.values[index];
    if (field === undefined || value === undefined) continue;
    // A repeated key's last value wins, also when that is null.
    members.delete(field);
    if (value !== null) members.set(field, value);
  }
  return members;
}

function writeList(writer: protobuf.Writer, field: JsonField, value: JsonValue, path: Path): void {
  if (typeof value !== "object" || value?.kind !== "array") throw mismatch(path, "a list");
  for (const [index, item] of value.items.entries()) {
    path.push(index);
    writeField(writer, field, item, path);
    path.pop();
  }
}

function writeField(
  writer: protobuf.Writer,
  { number, type }: JsonField,
  value: JsonValue,
  path: Path,
): void {
  if (typeof type === "string") {
    writeScalar(writer, number, type, value, path);
    return;
  }
  if (!isObject(value)) throw mismatch(path, "an object");
  writer.uint32(number * 8 + WIRE.bytes).fork();
  writeMessage(writer, type(), value, path);
  writer.ldelim();
}

function writeScalar(
  writer: protobuf.Writer,
  number: number,
  type: JsonScalar,
  value: JsonValue,
  path: Path,
): void {
  const tag = (wireType: number): protobuf.Writer => writer.uint32(number * 8 + wireType);
  switch (type) {
    case "string":
      if (typeof value !== "string") throw mismatch(path, "a string");
      tag(WIRE.bytes).string(value);
      return;
    case "bool":
      if (typeof value !== "boolean") throw mismatch(path, "true or false");
      tag(WIRE.varint).bool(value);
      return;
    case "double":
      tag(WIRE.fixed64).double(fitting(doubleOf(value), path, "a number in the range of doubles"));
      return;
    case "int64":
      writeVarint64(tag(WIRE.varint), integer(value, path, -(2n ** 63n), 2n ** 63n - 1n));
      return;
    case "fixed64":
      writeFixed64(tag(WIRE.fixed64), integer(value, path, 0n, 2n ** 64n - 1n));
      return;
    case "int32":
      tag(WIRE.varint).int32(Number(integer(value, path, -(2n ** 31n), 2n ** 31n - 1n)));
      return;
    case "uint32":
      tag(WIRE.varint).uint32(Number(integer(value, path, 0n, 2n ** 32n - 1n)));
      return;
    case "fixed32":
      tag(WIRE.fixed32).fixed32(Number(integer(value, path, 0n, 2n ** 32n - 1n)));
      return;
    case "bytes":
      tag(WIRE.bytes).bytes(fitting(base64Of(value), path, "base64"));
      return;
    case "id":
      tag(WIRE.bytes).bytes(fitting(idOf(value), path, "a string"));
      return;
    case "spanKind":
      tag(WIRE.varint).int32(fitting(spanKindOf(value), path, "a span kind"));
      return;
    case "severityNumber":
      tag(WIRE.varint).int32(fitting(severityNumberOf(value), path, "a severity number"));
      return;
    case "statusCode":
      tag(WIRE.varint).int32(fitting(statusCodeOf(value), path, "a status code"));
  }
}

function integer(value: JsonValue, path: Path, least: bigint, most: bigint): bigint {
  return fitting(integerOf(value, least, most), path, `an integer from ${least} to ${most}`);
}

function fitting<Value>(value: Value | undefined, path: Path, wanted: string): Value {
  if (value === undefined) throw mismatch(path, wanted);
  return value;
}

function mismatch(path: Path, wanted: string): ConversionError {
  const place = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return new ConversionError(`cannot read ${place.slice(1)}: it is not ${wanted}`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value?.kind === "object";
}

/** protobufjs writes 64-bit integers from two halves. */
function writeFixed64(writer: protobuf.Writer, value: bigint): void {
  writer.fixed32(Number(value & 0xffff_ffffn)).fixed32(Number(value >> 32n));
}

function writeVarint64(writer: protobuf.Writer, value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  writer.raw(Uint8Array.from(bytes));
}
