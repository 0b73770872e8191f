/** The options that every reading command takes, and the view they make. */
import { COLOUR_CHOICES, PLAIN, styleFor } from "../jobscope/inspect/style.js";
import type { View } from "../jobscope/inspect/view.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { SETTINGS } from "./settings/settings.js";

export const VIEW_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  store: { takes: "text", offers: "folders" },
  json: { takes: "flag" },
  color: { takes: "text", offers: COLOUR_CHOICES },
  ascii: { takes: "flag" },
  width: { takes: "text", offers: ["none"] },
  tz: { takes: "text", offers: ["UTC", "local"] },
  "no-pager": { takes: "flag" },
  quiet: { takes: "flag", short: "q" },
};

/** For the help of a command that takes them; inspect's says what each is. */
export const VIEW_HELP = `  --store=DIR, --width, --color, --ascii, --tz, --no-pager, --quiet: as for inspect
`;

/** Wider lines are harder to read than they are useful. Columns. */
const WIDTH_MAX = 160;
/** Of a terminal that does not say. */
const WIDTH_DEFAULT = 80;
const WIDTH_MIN = 40;

export function viewOf(
  line: CommandLine,
  context: Context,
): Omit<View, "brief" | "full" | "attempt" | "time"> {
  const color = SETTINGS.color.of(line, context);
  return {
    width: widthOf(line, context),
    ascii: SETTINGS.ascii.of(line, context),
    style: line.flag("json") ? PLAIN : styleFor(color, context.env, context.isTerminal),
    zone: SETTINGS.tz.of(line, context),
  };
}

function widthOf(line: CommandLine, context: Context): number | undefined {
  const { isTerminal, columns, env } = context;
  const option = SETTINGS.width.of(line, context);
  if (option === "none") return undefined;
  if (option !== undefined) return Math.max(WIDTH_MIN, option);
  if (!isTerminal) return undefined;
  const fromEnv = /^\d+$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : undefined;
  return Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, fromEnv ?? (columns || WIDTH_DEFAULT)));
}
