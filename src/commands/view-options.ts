/** The options that every reading command takes, and the view they make. */
import { isTimeZone } from "../jobscope/inspect/time-words.js";
import { PLAIN, styleFor } from "../jobscope/inspect/style.js";
import type { View } from "../jobscope/inspect/view.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

export const VIEW_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  store: { takes: "text" },
  json: { takes: "flag" },
  color: { takes: "text" },
  ascii: { takes: "flag" },
  width: { takes: "text" },
  tz: { takes: "text" },
  quiet: { takes: "flag", short: "q" },
  help: { takes: "flag", short: "h" },
};

/** Wider lines are harder to read than they are useful. Columns. */
const WIDTH_MAX = 160;
/** Of a terminal that does not say. */
const WIDTH_DEFAULT = 80;
const WIDTH_MIN = 40;

export function viewOf(
  line: CommandLine,
  context: Context,
): Omit<View, "brief" | "full" | "attempt" | "time"> {
  const zone = line.text("tz") ?? context.env["TZ"] ?? (context.isTerminal ? "local" : "UTC");
  if (!isTimeZone(zone)) {
    if (line.text("tz") === undefined)
      return {
        ...viewOf({ ...line, text: (name) => (name === "tz" ? "UTC" : line.text(name)) }, context),
      };
    throw new UsageError(
      `--tz=${zone} is not a time zone: use UTC, local or a name such as Europe/Berlin`,
    );
  }
  const color = line.choice("color", ["auto", "always", "never"]) ?? "auto";
  return {
    width: widthOf(line, context),
    ascii: line.flag("ascii") || context.env["JOBTRACE_ASCII"] === "1" || !isUtf8(context),
    style: line.flag("json") ? PLAIN : styleFor(color, context.env, context.isTerminal),
    zone,
  };
}

function widthOf(line: CommandLine, { isTerminal, columns, env }: Context): number | undefined {
  const option = line.text("width");
  if (option === "none") return undefined;
  if (option !== undefined) return Math.max(WIDTH_MIN, line.count("width") ?? WIDTH_DEFAULT);
  if (!isTerminal) return undefined;
  const fromEnv = /^\d+$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : undefined;
  return Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, fromEnv ?? (columns || WIDTH_DEFAULT)));
}

/** POSIX: the first of these that is set decides. Where none is, as in many containers, UTF-8 is what there is. */
function isUtf8({ env }: Context): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
