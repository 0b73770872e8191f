/**
 * Reads JSON (RFC 8259) without losing digits: a number stays the text it was written as, because OTLP's 64-bit integers
 * do not fit into a JS number and `JSON.parse` would round them.
 *
 * Input is hostile: depth and the number of values are bounded, nothing recurses deeper than the bound, empty
 * containers cost no memory of their own, and whatever is wrong is a result, not an exception.
 */

export type JsonValue = string | boolean | null | JsonNumber | JsonArray | JsonObject;

/** A number as written. */
export interface JsonNumber {
  readonly kind: "number";
  readonly digits: string;
}

export interface JsonArray {
  readonly kind: "array";
  readonly items: readonly JsonValue[];
}

/** Members in their order; where a key repeats, the last one counts. */
export interface JsonObject {
  readonly kind: "object";
  readonly keys: readonly string[];
  readonly values: readonly JsonValue[];
}

export type JsonRead =
  | { readonly kind: "value"; readonly value: JsonValue }
  | { readonly kind: "malformed"; readonly reason: string };

/** Four levels for each of the 64 that attribute values may nest, and those of the messages around them. */
export const JSON_DEPTH_MAX = 300;
/** About 30,000 spans of twelve attributes: sixty batches of the SDKs' size, and bounded memory. */
export const JSON_VALUES_MAX = 2_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;

const EMPTY_ARRAY: JsonArray = { kind: "array", items: [] };
const EMPTY_OBJECT: JsonObject = { kind: "object", keys: [], values: [] };

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

interface Parser {
  readonly text: string;
  at: number;
  valueCount: number;
}

/** Never leaves this file. */
class JsonError extends Error {}

/** `bytes`: UTF-8 without a byte order mark. Never throws. */
export function readJson(bytes: Uint8Array): JsonRead {
  const text = decodeText(bytes);
  if (text === undefined) return { kind: "malformed", reason: "the JSON is not valid UTF-8" };
  const parser: Parser = { text, at: 0, valueCount: 0 };
  try {
    return { kind: "value", value: readDocument(parser) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const reason = `the JSON makes no sense at character ${parser.at}: ${error.message}`;
    return { kind: "malformed", reason };
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The only way to ask this decoder is to let it throw.
    return undefined;
  }
}

function readDocument(parser: Parser): JsonValue {
  if (parser.text.startsWith("\ufeff")) throw new JsonError("a byte order mark is not allowed");
  const value = readValue(parser, 0);
  if (parser.at < parser.text.length) throw new JsonError("something follows the end");
  return value;
}

/** With the white space around it. */
function readValue(parser: Parser, depth: number): JsonValue {
  if (depth > JSON_DEPTH_MAX) throw new JsonError(`nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (++parser.valueCount > JSON_VALUES_MAX) {
    throw new JsonError(`more than ${JSON_VALUES_MAX} values`);
  }
  skipSpace(parser);
  const value = readBareValue(parser, depth);
  skipSpace(parser);
  return value;
}

function readBareValue(parser: Parser, depth: number): JsonValue {
  const first = parser.text[parser.at];
  if (first === '"') return readString(parser);
  if (first === "{") return readObject(parser, depth);
  if (first === "[") return readArray(parser, depth);
  if (first === "t") return readWord(parser, "true", true);
  if (first === "f") return readWord(parser, "false", false);
  if (first === "n") return readWord(parser, "null", null);
  return readNumber(parser);
}

function readObject(parser: Parser, depth: number): JsonObject {
  if (opensEmpty(parser, "}")) return EMPTY_OBJECT;
  const keys: string[] = [];
  const values: JsonValue[] = [];
  do {
    skipSpace(parser);
    keys.push(readString(parser));
    skipSpace(parser);
    expect(parser, ":");
    values.push(readValue(parser, depth + 1));
  } while (skipComma(parser));
  expect(parser, "}");
  return { kind: "object", keys, values };
}

function readArray(parser: Parser, depth: number): JsonArray {
  if (opensEmpty(parser, "]")) return EMPTY_ARRAY;
  const items: JsonValue[] = [];
  do items.push(readValue(parser, depth + 1));
  while (skipComma(parser));
  expect(parser, "]");
  return { kind: "array", items };
}

/** Moves behind the opening bracket, and behind the closing one if nothing stands between. */
function opensEmpty(parser: Parser, closing: string): boolean {
  parser.at++;
  skipSpace(parser);
  if (parser.text[parser.at] !== closing) return false;
  parser.at++;
  return true;
}

function readString(parser: Parser): string {
  expect(parser, '"');
  const { text, at: begin } = parser;
  let at = begin;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      parser.at = at + 1;
      return text.slice(begin, at);
    }
    if (code === BACKSLASH) return readEscapedString(parser, begin, at);
    // Also true at the end of the text, where the code is NaN.
    if (!(code >= SPACE)) {
      parser.at = at;
      throw new JsonError("a string does not end, or holds a control character");
    }
    at++;
  }
}

/** `escapeAt`: of the first backslash. */
function readEscapedString(parser: Parser, begin: number, escapeAt: number): string {
  const { text } = parser;
  let found = text.slice(begin, escapeAt);
  parser.at = escapeAt;
  while (text.charCodeAt(parser.at) === BACKSLASH) {
    parser.at++;
    found += readEscape(parser);
    const plainFrom = parser.at;
    while (isPlain(text.charCodeAt(parser.at))) parser.at++;
    found += text.slice(plainFrom, parser.at);
  }
  expect(parser, '"');
  // Half of a surrogate pair is no character and has no UTF-8.
  return found.replaceAll(/\p{Surrogate}/gu, "\ufffd");
}

function isPlain(code: number): boolean {
  return code >= SPACE && code !== QUOTE && code !== BACKSLASH;
}

function readEscape(parser: Parser): string {
  const letter = parser.text[parser.at] ?? "";
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    parser.at++;
    return simple;
  }
  const hex = parser.text.slice(parser.at + 1, parser.at + 5);
  if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw new JsonError("an unknown escape");
  parser.at += 5;
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function readWord<Value>(parser: Parser, word: string, meaning: Value): Value {
  if (!parser.text.startsWith(word, parser.at)) throw new JsonError("expected a value");
  parser.at += word.length;
  return meaning;
}

function readNumber(parser: Parser): JsonNumber {
  NUMBER.lastIndex = parser.at;
  const digits = NUMBER.exec(parser.text)?.[0];
  if (digits === undefined) throw new JsonError("expected a value");
  parser.at += digits.length;
  return { kind: "number", digits };
}

function expect(parser: Parser, character: string): void {
  if (parser.text[parser.at] !== character) throw new JsonError(`expected ${character}`);
  parser.at++;
}

function skipComma(parser: Parser): boolean {
  if (parser.text.charCodeAt(parser.at) !== COMMA) return false;
  parser.at++;
  return true;
}

function skipSpace(parser: Parser): void {
  for (;;) {
    const code = parser.text.charCodeAt(parser.at);
    if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    parser.at++;
  }
}
