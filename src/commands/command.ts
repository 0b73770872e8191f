/** What a command is: what it takes, what it teaches, what it does. */
import { type CommandLine, type Offer, type OptionSpec, parseCommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { type ConfigFile, readConfig } from "./settings/config-file.js";
import { UsageError } from "./usage-error.js";

export interface Command {
  /** As on the command line: "inspect", "store info". */
  readonly name: string;
  /** Examples first, then options. */
  readonly help: string;
  /** Without those that every command has. */
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Words beside the options; "none" refuses them. */
  readonly takes: "none" | "words";
  /** What completion offers for those words. */
  readonly offers?: Offer;
  /** On a signal it ends what it does by itself, by `context.signal`; a second signal ends the process. */
  readonly endsOnSignal?: true;
  /** It prints for as long as somebody watches: nothing for a pager, which waits for the end. */
  readonly isEndless?: true;
  run(line: CommandLine, context: Context): Promise<ExitCode>;
}

/** Of every command. */
export const COMMON_OPTIONS = {
  help: { takes: "flag", short: "h" },
  config: { takes: "text", offers: "files" },
  "no-config": { takes: "flag" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** What may be turned off is done: a command that takes this option has text for a reader. */
const PAGED_WITH = "no-pager";
/** For programs, or without an end. */
const NOT_PAGED = ["json", "follow", "watch"] as const;

/** @throws UsageError */
export async function runCommand(
  command: Command,
  args: readonly string[],
  context: Context,
): Promise<ExitCode> {
  const line = parseCommandLine(args, {
    ...command.options,
    ...COMMON_OPTIONS,
  });
  const mayPage = !line.flag(PAGED_WITH);
  if (line.flag("help")) {
    if (mayPage) context.startPaging?.();
    context.print(command.help.trimEnd());
    return EXIT.done;
  }
  if (command.takes === "none" && line.positionals.length > 0)
    throw new UsageError(`${command.name} takes no arguments: got ${line.positionals.join(" ")}`);
  const isForReader =
    PAGED_WITH in command.options &&
    command.isEndless !== true &&
    !NOT_PAGED.some((flag) => line.flag(flag));
  if (mayPage && isForReader) context.startPaging?.();
  let config: { readonly file: ConfigFile | undefined } | undefined;
  return command.run(line, {
    ...context,
    config() {
      config ??= { file: readConfig(line, context.env) };
      return config.file;
    },
  });
}
