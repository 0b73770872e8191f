/** Damage to OTLP/JSON that knows its values and members: what stands around them stays well formed. */
import { ODD_KEYS, ODD_SPACES, ODD_VALUES } from "./odd-json.js";
import type { Random } from "./seeded-random.js";

/** Where a value, or a member with its key, stands in a text. */
export interface JsonPart {
  readonly from: number;
  readonly to: number;
  readonly kind: "member" | "value";
}

const DEPTHS = [1, 2, 3, 5, 16, 40];
/** Around what the scan, the JSON reader and the engine's stack take. */
const GREAT_DEPTHS = [62, 63, 64, 65, 66, 130, 298, 299, 300, 301, 2_000, 100_000];
const ONCE_GREAT = 20;
/** Slow for a converter that makes a number of them before it looks how many there are. */
const DIGITS_MANY = 500_000;
const ONCE_MANY_DIGITS = 500;

/** `text`: valid JSON without white space. */
export function partsOf(text: string): readonly JsonPart[] {
  const parts: JsonPart[] = [];
  const value = (from: number): number => {
    const to = valueEnd(from);
    parts.push({ from, to, kind: "value" });
    return to;
  };
  const valueEnd = (from: number): number => {
    const first = text[from];
    if (first === "{" || first === "[") return containerEnd(from, first === "{");
    const token = /"(?:[^"\\]|\\.)*"|[^,\]}]+/y;
    token.lastIndex = from;
    token.test(text);
    return token.lastIndex;
  };
  const containerEnd = (from: number, isObject: boolean): number => {
    let at = from + 1;
    while (text[at] !== "}" && text[at] !== "]") {
      const begin = at;
      if (isObject) {
        at = value(valueEnd(at) + 1);
        parts.push({ from: begin, to: at, kind: "member" });
      } else at = value(at);
      if (text[at] === ",") at++;
    }
    return at + 1;
  };
  value(0);
  return parts;
}

/** `other`: another text and its parts, to take some from. */
export function mutateJson(
  text: string,
  parts: readonly JsonPart[],
  other: { readonly text: string; readonly parts: readonly JsonPart[] },
  random: Random,
): string {
  const part = random.pick(parts);
  const before = text.slice(0, part.from);
  const after = text.slice(part.to);
  const own = text.slice(part.from, part.to);
  if (part.kind === "member") return before + mutateMember(own, random) + after;
  switch (random.below(9)) {
    case 0: {
      const { from, to } = random.pick(other.parts.filter(({ kind }) => kind === "value"));
      return before + other.text.slice(from, to) + after;
    }
    case 1:
      return (
        before +
        nested(random.pick(random.once(ONCE_GREAT) ? GREAT_DEPTHS : DEPTHS), own, random) +
        after
      );
    case 2:
      return before + (own.startsWith('"') ? own.slice(1, -1) : JSON.stringify(own)) + after;
    case 3:
      return (
        before + "9".repeat(random.once(ONCE_MANY_DIGITS) ? DIGITS_MANY : random.below(25)) + after
      );
    case 4:
      return before + random.pick(ODD_SPACES) + own + after;
    case 5:
      return before + own.slice(0, -1) + random.pick(ODD_KEYS) + own.slice(-1) + after;
    default:
      return before + random.pick(ODD_VALUES) + after;
  }
}

/** Of what AnyValue holds as often as of plain brackets, which no field takes. */
function nested(depth: number, own: string, random: Random): string {
  const kinds: readonly (readonly [string, string])[] = [
    ["[", "]"],
    ['{"":', "}"],
    ['{"arrayValue":{"values":[', "]}}"],
    ['{"kvlistValue":{"values":[{"value":', "}]}}"],
  ];
  const [open, close] = random.pick(kinds);
  return open.repeat(depth) + own + (random.once(8) ? "" : close.repeat(depth));
}

function mutateMember(own: string, random: Random): string {
  const colon = own.indexOf('":') + 1;
  const value = own.slice(colon + 1);
  const key = `"${random.pick(ODD_KEYS)}"`;
  switch (random.below(6)) {
    case 0:
      return `${own},${own}`;
    case 1:
      return `${own},${own.slice(0, colon)}:${random.pick(ODD_VALUES)}`;
    case 2:
      return `${own.slice(0, colon)}:${random.pick(ODD_VALUES)},${own}`;
    case 3:
      return `${key}:${value}`;
    case 4:
      return `${key}:${random.pick(ODD_VALUES)},${own}`;
    default:
      return random.pick([own.slice(0, colon), `${own},`, `,${own}`, own.replace(":", " "), value]);
  }
}
