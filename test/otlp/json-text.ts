/** Writes a request in the encoder's shape as OTLP/JSON, by the declarations in `proto/`. */
import protobuf from "protobufjs";
import { messageOf } from "./otlp-schema.js";

/** Each 64-bit integer as text or as a number, as `asText` says. */
export function jsonText(
  message: Readonly<Record<string, unknown>>,
  type: protobuf.Type,
  asText: () => boolean,
): string {
  const members = Object.entries(message).flatMap(([name, value]) => {
    const field = type.fields[name];
    if (field === undefined || value == null) return [];
    const text = field.repeated
      ? `[${(value as readonly unknown[]).map((item) => valueText(field, item, asText)).join(",")}]`
      : valueText(field, value, asText);
    return [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(",")}}`;
}

function valueText(field: protobuf.Field, value: unknown, asText: () => boolean): string {
  const inner = messageOf(field);
  if (inner !== undefined) return jsonText(value as Record<string, unknown>, inner, asText);
  if (value instanceof Uint8Array) {
    return JSON.stringify(
      Buffer.from(value).toString(field.name.endsWith("Id") ? "hex" : "base64"),
    );
  }
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (Object.is(value, -0)) return "-0";
  if (isLong(value)) return asText() ? JSON.stringify(value.toString()) : value.toString();
  return JSON.stringify(value);
}

/** protobufjs's 64-bit integer. */
function isLong(value: unknown): value is { toString(): string } {
  return typeof value === "object" && value !== null && "low" in value;
}
