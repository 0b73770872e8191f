/**
 * What one JSON value means for a field of a given type: proto3 JSON with OTLP's changes (OTLP specification, "JSON
 * Protobuf Encoding"). Each function gives undefined for a value that does not fit; nothing is rounded or guessed.
 */
import type { JsonValue } from "./json-reader.js";

/** 2^64 has 20 digits: whatever has more, written out, need not become a number to be refused. */
const INTEGER_DIGITS_MAX = 20;

/** Senders must use integers; names are what a person writes by hand. */
const SPAN_KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUS_CODES = ["UNSET", "OK", "ERROR"].map((name) => `STATUS_CODE_${name}`);

const SEVERITIES = [
  "UNSPECIFIED",
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((name) => [
    name,
    ...[2, 3, 4].map((number) => name + number),
  ]),
].map((name) => `SEVERITY_NUMBER_${name}`);

/** A number or text. `1500`, `1.5e3` and `1500.0` are the same integer; `1.5` is none. */
export function integerOf(value: JsonValue, least: bigint, most: bigint): bigint | undefined {
  const digits = digitsOf(value);
  const integer = digits === undefined ? undefined : parseInteger(digits);
  return integer !== undefined && integer >= least && integer <= most ? integer : undefined;
}

function digitsOf(value: JsonValue): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "object" && value?.kind === "number" ? value.digits : undefined;
}

function parseInteger(text: string): bigint | undefined {
  const parts = /^(-?)0*(\d+)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponentSign, exponentDigits = "0"] = parts;
  const digits = whole + fraction;
  if (/^0*$/.test(digits)) return 0n;
  // A very long exponent becomes Infinity, which is as much out of range.
  const exponent = Number(exponentDigits) * (exponentSign === "-" ? -1 : 1);
  const shifted = shiftPoint(digits, exponent - fraction.length);
  if (shifted === undefined) return undefined;
  return sign === "-" ? 0n - shifted : shifted;
}

/** digits × 10^places; undefined when that is no integer or far too large. */
function shiftPoint(digits: string, places: number): bigint | undefined {
  const whole = places < 0 ? digits.slice(0, places) : digits;
  if (places < 0 && !/^0*$/.test(digits.slice(places))) return undefined;
  const significant = whole.replace(/^0+/, "");
  const zeros = Math.max(0, places);
  if (significant.length + zeros > INTEGER_DIGITS_MAX) return undefined;
  return BigInt(significant + "0".repeat(zeros));
}

/** A number, numeric text, or one of the three names. A number beyond the range of doubles does not fit. */
export function doubleOf(value: JsonValue): number | undefined {
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  const digits = digitsOf(value);
  if (digits === undefined || !/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(digits)) return undefined;
  const double = Number(digits);
  return Number.isFinite(double) ? double : undefined;
}

/** Base64 in either alphabet, padded or not. */
export function base64Of(value: JsonValue): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const digits = value.replace(/={1,2}$/, "");
  // One digit more than a multiple of four is six bits, which is no byte.
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits) || digits.length % 4 === 1) return undefined;
  return Buffer.from(digits, "base64");
}

/** Text that is no hex gives no bytes: the span is then rejected for its id, and the rest of the request is kept. */
export function idOf(value: JsonValue): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const isHex = value.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(value);
  return isHex ? Buffer.from(value, "hex") : new Uint8Array(0);
}

export function spanKindOf(value: JsonValue): number | undefined {
  return enumOf(value, SPAN_KINDS);
}

export function statusCodeOf(value: JsonValue): number | undefined {
  return enumOf(value, STATUS_CODES);
}

export function severityNumberOf(value: JsonValue): number | undefined {
  return enumOf(value, SEVERITIES);
}

/** Integers that OTLP does not know yet are kept. */
function enumOf(value: JsonValue, names: readonly string[]): number | undefined {
  if (typeof value === "string") {
    const index = names.indexOf(value);
    return index === -1 ? undefined : index;
  }
  const integer = integerOf(value, -(2n ** 31n), 2n ** 31n - 1n);
  return integer === undefined ? undefined : Number(integer);
}
