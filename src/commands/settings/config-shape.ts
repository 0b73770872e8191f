/**
 * What the configuration file may say: its keys and the type of each. `schema/config-v1.json` says the same to editors, and
 * a test holds the two together.
 */
import { resolve } from "node:path";
import { nearest } from "../command-line.js";
import { UsageError } from "../usage-error.js";

/** What may stand there. A path is taken from the folder of the file. */
export type Leaf = "text" | "path" | "size" | "whole" | "flag" | "list" | "headers" | "width";

export interface Parts {
  readonly parts: Readonly<Record<string, Leaf>>;
  /** A text in place of the object stands for this part of it; "" for the whole. */
  readonly short: string;
}

const FORWARD_PARTS = {
  endpoint: "text",
  protocol: "text",
  headers: "headers",
  compression: "text",
  timeout: "whole",
  certificate: "path",
  client_key: "path",
  client_certificate: "path",
  insecure: "flag",
} as const satisfies Record<string, Leaf>;

export const CONFIG_SHAPE: Readonly<Record<string, Leaf | Parts>> = {
  $schema: "text",
  listen: "text",
  token: "text",
  store: "path",
  durability: "text",
  compress: "text",
  segment_size: "size",
  keep_free: "size",
  retention: { short: "", parts: { max_age: "text", max_bytes: "size" } },
  forward: { short: "endpoint", parts: { ...FORWARD_PARTS, mode: "text" } },
  forward_as_received: { short: "endpoint", parts: FORWARD_PARTS },
  jaeger_ui: "text",
  correlation_keys: "list",
  orphan_after: "text",
  fold: "whole",
  gap: "text",
  color: "text",
  ascii: "flag",
  width: "width",
  time: "text",
  tz: "text",
};

/**
 * Key → text, as the same would be written on the command line; parts of an object as `retention.max_age`.
 *
 * @throws UsageError that names the nearest key.
 */
export function flattenConfig(
  document: unknown,
  path: string,
  folder: string,
): ReadonlyMap<string, string> {
  if (!isObject(document)) throw new UsageError(`${path}: the whole of it must be an object`);
  const values = new Map<string, string>();
  const put = (key: string, leaf: Leaf, value: unknown): void => {
    const text = leafText(leaf, value, folder);
    if (text === undefined) throw new UsageError(`${path}: ${key} must be ${EXPECTED[leaf]}`);
    values.set(key, text);
  };
  for (const [key, value] of Object.entries(document)) {
    const shape = partOf(CONFIG_SHAPE, key, path, "");
    if (typeof shape === "string") put(key, shape, value);
    else if (typeof value === "string")
      values.set(shape.short === "" ? key : `${key}.${shape.short}`, value);
    else if (isObject(value)) {
      for (const [part, inner] of Object.entries(value))
        put(`${key}.${part}`, partOf(shape.parts, part, path, `${key}.`), inner);
    } else throw new UsageError(`${path}: ${key} must be a text or an object`);
  }
  values.delete("$schema");
  return values;
}

function partOf<Shape>(
  shapes: Readonly<Record<string, Shape>>,
  key: string,
  path: string,
  before: string,
): Shape {
  const shape = Object.hasOwn(shapes, key) ? shapes[key] : undefined;
  if (shape !== undefined) return shape;
  const near = nearest(key, Object.keys(shapes));
  const hint =
    near === undefined ? `; jobtrace config lists them` : `: did you mean ${before}${near}?`;
  throw new UsageError(`${path}: unknown key ${before}${key}${hint}`);
}

const EXPECTED: Readonly<Record<Leaf, string>> = {
  text: "a text",
  path: "a text: the path of a file or folder",
  size: 'a number of bytes or a text such as "5GB"',
  whole: "a whole number",
  flag: "true or false",
  list: "a list of texts",
  headers: "a text such as k1=v1,k2=v2 or an object of texts",
  width: 'a number of columns or "none"',
};

/** undefined: not of this type. */
function leafText(leaf: Leaf, value: unknown, folder: string): string | undefined {
  const isWhole = Number.isSafeInteger(value) && Number(value) >= 0;
  switch (leaf) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "path":
      return typeof value === "string" && value !== "" ? resolve(folder, value) : undefined;
    case "size":
      return typeof value === "string" || isWhole ? String(value) : undefined;
    case "whole":
      return isWhole ? String(value) : undefined;
    case "width":
      return isWhole || value === "none" ? String(value) : undefined;
    case "flag":
      return typeof value === "boolean" ? String(value) : undefined;
    case "list":
      return isTexts(value) ? value.join(",") : undefined;
    case "headers":
      return headersText(value);
  }
}

function headersText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!isObject(value) || !isTexts(Object.values(value))) return undefined;
  return Object.entries(value)
    .map(([name, text]) => `${name}=${encodeURIComponent(String(text))}`)
    .join(",");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
