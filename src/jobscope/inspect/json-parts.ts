/**
 * A document as JSON, a part at a time: a job of 200,000 steps is more text than should be in memory at once, and of
 * some sizes more than one string can hold.
 */
import { safeJson } from "./safe-text.js";

/** A document's attempts are lists of steps: document, attempts, attempt, steps. What lies deeper is one part. */
const DEPTH = 4;
const INDENT = 2;

/** With line breaks between the parts, the same text as `safeJson(value, 2)`. */
export function safeJsonParts(value: unknown): Iterable<string> {
  return partsOf(value, { depth: DEPTH, pad: "", before: "", after: "" });
}

interface Place {
  readonly depth: number;
  readonly pad: string;
  readonly before: string;
  readonly after: string;
}

function* partsOf(value: unknown, { depth, pad, before, after }: Place): Generator<string> {
  const inner = `${pad}${" ".repeat(INDENT)}`;
  if (depth === 0 || typeof value !== "object" || value === null || isEmpty(value)) {
    yield before + safeJson(value ?? null, INDENT).replaceAll("\n", `\n${pad}`) + after;
    return;
  }
  const isList = Array.isArray(value);
  yield `${before}${isList ? "[" : "{"}`;
  const entries = Object.entries(value).filter(([, each]) => isList || each !== undefined);
  for (const [at, [key, each]] of entries.entries()) {
    yield* partsOf(each, {
      depth: depth - 1,
      pad: inner,
      before: inner + (isList ? "" : `${safeJson(key)}: `),
      after: at === entries.length - 1 ? "" : ",",
    });
  }
  yield `${pad}${isList ? "]" : "}"}${after}`;
}

function isEmpty(value: object): boolean {
  for (const key in value) if (Reflect.get(value, key) !== undefined) return false;
  return !Array.isArray(value) || value.length === 0;
}
