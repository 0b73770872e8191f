/** OTLP values as JSON has them: maps are objects, bytes are base64, integers beyond a number's reach are text. */
import type { Attributes, AttributeValue } from "../span.js";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export function jsonOfValue(value: AttributeValue): JsonValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  // JSON has no word for these.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isList(value)) return value.map(jsonOfValue);
  return jsonOfAttributes(value);
}

export function jsonOfAttributes(attributes: Attributes): { readonly [key: string]: JsonValue } {
  // Without a prototype, so that a key may be named as anything.
  const object: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [key, value] of attributes) object[key] = jsonOfValue(value);
  return object;
}

function isList(value: readonly AttributeValue[] | Attributes): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
