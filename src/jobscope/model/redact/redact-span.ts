/** A span without the values in its texts. */
import type { Attributes, AttributeValue, Span } from "../span.js";
import { redactText } from "./redact-text.js";

export function redactSpan(span: Span): Span {
  const { status } = span;
  return {
    ...span,
    attributes: redactAttributes(span.attributes),
    events: span.events.map((event) => ({
      ...event,
      attributes: redactAttributes(event.attributes),
    })),
    status: { ...status, message: redactText("status.message", status.message) },
  };
}

function redactAttributes(attributes: Attributes): Attributes {
  return new Map([...attributes].map(([key, value]) => [key, redactValue(key, value)]));
}

/** Numbers in lists of arguments are values as well; anywhere else they count things. */
function redactValue(key: string, value: AttributeValue): AttributeValue {
  if (typeof value === "string") return redactText(key, value);
  if (!Array.isArray(value)) return value;
  return value.map((each: AttributeValue) => redactValue(key, each));
}
