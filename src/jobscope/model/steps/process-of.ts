/** Which process a span comes from, as far as its resource tells. */
import { type Attributes, type Span, textAttribute } from "../span.js";

const known = new WeakMap<Attributes, string>();

/** Equal for spans of one process. */
export function processOf({ resource }: Span): string {
  const before = known.get(resource);
  if (before !== undefined) return before;
  const made = ["service.name", "service.instance.id", "host.name", "process.pid"]
    .map((key) => textAttribute(resource, key) ?? "")
    .join(" ");
  known.set(resource, made);
  return made;
}
