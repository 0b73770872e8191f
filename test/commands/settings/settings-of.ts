/** A command line, an environment and a configuration, as a setting is asked of them. */
import {
  type CommandLine,
  type OptionSpec,
  parseCommandLine,
} from "../../../src/commands/command-line.js";
import type { Context } from "../../../src/commands/context.js";
import { flattenConfig } from "../../../src/commands/settings/config-shape.js";
import { ALL_SETTINGS } from "../../../src/commands/settings/settings.js";
import { unixNano } from "../../../src/jobscope/model/time.js";

export interface Asked {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The document of `./jobtrace.json`; none when left off. */
  readonly file?: unknown;
}

export function asked({ args = [], env = {}, file }: Asked): readonly [CommandLine, Context] {
  const options: Record<string, OptionSpec> = {};
  for (const flag of ALL_SETTINGS.flatMap(({ flags }) => flags))
    options[flag] = { takes: flag === "ascii" ? "flag" : "text" };
  const config =
    file === undefined
      ? undefined
      : { path: "./jobtrace.json", values: flattenConfig(file, "./jobtrace.json", "/srv/shop") };
  const context: Context = {
    env,
    config: () => config,
    print: () => undefined,
    drained: () => Promise.resolve(),
    note: () => undefined,
    rewrite: undefined,
    isTerminal: false,
    columns: undefined,
    version: "0.0.0",
    now: () => unixNano(0n),
    signal: new AbortController().signal,
  };
  return [parseCommandLine(args, options), context];
}
