/** Attributes as JSON has them: integers as numbers where that is exact and else as text, bytes as base64. */
import type { Attributes, AttributeValue } from "./span.js";

export function attributesJson(attributes: Attributes): Readonly<Record<string, unknown>> {
  // By definition and not by assignment: a key may be called __proto__.
  return Object.fromEntries([...attributes].map(([key, value]) => [key, valueJson(value)]));
}

export function valueJson(value: AttributeValue): unknown {
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isList(value)) return value.map(valueJson);
  return attributesJson(value);
}

function isList(value: readonly AttributeValue[] | Attributes): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
