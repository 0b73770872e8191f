/** What a command is: what it takes, what it teaches, what it does. */
import { type CommandLine, type OptionSpec, parseCommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";

export interface Command {
  /** As on the command line: "inspect", "store info". */
  readonly name: string;
  /** Examples first, then options. */
  readonly help: string;
  /** Without --help, which every command has. */
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Words beside the options; "none" refuses them. */
  readonly takes: "none" | "words";
  run(line: CommandLine, context: Context): Promise<ExitCode>;
}

/** @throws UsageError */
export async function runCommand(
  command: Command,
  args: readonly string[],
  context: Context,
): Promise<ExitCode> {
  const line = parseCommandLine(args, {
    ...command.options,
    help: { takes: "flag", short: "h" },
  });
  if (line.flag("help")) {
    context.print(command.help.trimEnd());
    return EXIT.done;
  }
  if (command.takes === "none" && line.positionals.length > 0)
    throw new UsageError(`${command.name} takes no arguments: got ${line.positionals.join(" ")}`);
  return command.run(line, context);
}
