/** `jobtrace config`: every setting that holds, and where it was given. */
import { safeJson, safeText } from "../jobscope/inspect/safe-text.js";
import { wrap } from "../jobscope/inspect/wrap.js";
import type { Command } from "./command.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { type Chosen, type Origin, originText } from "./settings/setting.js";
import { ALL_SETTINGS } from "./settings/settings.js";

/** Columns of a terminal beside which something else has room. */
const HELP_WIDTH = 100;

const FLAGS = new Set(["ascii"]);

const SETTING_OPTIONS: Readonly<Record<string, OptionSpec>> = Object.fromEntries(
  ALL_SETTINGS.flatMap(({ flags }) => flags).map((flag): [string, OptionSpec] => [
    flag,
    { takes: FLAGS.has(flag) ? "flag" : "text" },
  ]),
);

const SETTING_FLAGS = wrap(
  Object.keys(SETTING_OPTIONS)
    .map((flag) => `--${flag}`)
    .join(", "),
  HELP_WIDTH,
  "  ",
  "  ",
).join("\n");

const CONFIG_HELP = `jobtrace config: every setting that holds, and where it was given

  jobtrace config
  jobtrace config --json | jq '.settings[] | select(.origin.kind != "default")'
  jobtrace config --keep=7d              what would hold with this option

An option goes before a variable, a variable before the file, the file before the default. One file
is read: --config, else JOBTRACE_CONFIG, else ./jobtrace.json, else ~/.config/jobtrace/config.json:
  {
    "$schema": "https://jobtrace.invalid/schema/config-v1.json",
    "store": ".jobtrace",
    "retention": { "max_age": "7d", "max_bytes": "5GB" },
    "forward": { "endpoint": "http://localhost:14318", "headers": { "x-tenant": "shop" } },
    "correlation_keys": ["correlation_id", "request_id"]
  }
Paths in it begin at its own folder. What it says and no setting is, is an error. Headers are
printed without their values.

  --json                 one document, jobtrace.config/v1
  --config=FILE          read this file
  --no-config            read none
${SETTING_FLAGS}
`;

export const configCommand: Command = {
  name: "config",
  help: CONFIG_HELP,
  options: { ...SETTING_OPTIONS, json: { takes: "flag" } },
  takes: "none",
  run: config,
};

interface ShownSetting extends Chosen<string> {
  readonly key: string;
}

async function config(line: CommandLine, context: Context): Promise<ExitCode> {
  const shown = ALL_SETTINGS.map((each) => ({ key: each.key, ...each.shown(line, context) }));
  const file = context.config();
  if (line.flag("json")) context.print(configJson(shown, file?.path));
  else for (const text of configLines(shown, file?.path)) context.print(text);
  return EXIT.done;
}

function configLines(shown: readonly ShownSetting[], file: string | undefined): readonly string[] {
  // What nobody set and what has no value tells nothing.
  const rows = shown.filter(({ value, origin }) => value !== "" || origin.kind !== "default");
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const valueWidth = Math.max(...rows.map(({ value }) => safeText(value).length));
  return [
    ...rows.map(
      ({ key, value, origin }) =>
        `${key.padEnd(keyWidth)}  ${safeText(value).padEnd(valueWidth)}  ${safeText(originText(origin))}`,
    ),
    "",
    file === undefined ? "No configuration file is read." : `Configuration file: ${safeText(file)}`,
  ];
}

function configJson(shown: readonly ShownSetting[], file: string | undefined): string {
  const originOf = (origin: Origin): object => ({
    kind: origin.kind,
    name: origin.kind === "default" ? null : origin.name,
  });
  return safeJson(
    {
      schema: "jobtrace.config/v1",
      file: file ?? null,
      settings: shown.map(({ key, value, origin }) => ({
        key,
        value: value === "" ? null : value,
        origin: originOf(origin),
      })),
    },
    2,
  );
}
