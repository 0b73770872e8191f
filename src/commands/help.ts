/** `jobtrace help [<command or topic>]`. */
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";
import { type CommandLine, nearest } from "./command-line.js";
import type { Command } from "./command.js";
import { COMMANDS, commandOf, commandWords, wordsOfGroup } from "./registry.js";
import { TOPICS } from "./topics/topics.js";

/** The width of a line's first column in the short help. */
const USAGE_WIDTH = 35;

/** What `jobtrace` alone prints. */
export function shortHelp(): string {
  const lines = Object.entries(COMMANDS)
    .filter(([name]) => wordsOfGroup(name.split(" ", 1)[0] ?? "").length === 0)
    .map(([name, { usage, summary }]) =>
      `  ${`jobtrace ${name} ${usage}`.padEnd(USAGE_WIDTH)}${summary}`.trimEnd(),
    );
  return `jobtrace: what one Sidekiq job did, from its OpenTelemetry spans

${lines.join("\n")}
  ${"jobtrace store info|verify|prune".padEnd(USAGE_WIDTH)}the files on disk

  topics of help: ${Object.keys(TOPICS).join(", ")}

  jobtrace inspect 8f3c1d0a          jobtrace list --state=failed --since=1h`;
}

const HELP_HELP = `jobtrace help [<command>|<topic>]: options, with examples

  jobtrace help inspect
  jobtrace help ids
`;

export const helpCommand: Command = {
  name: "help",
  help: HELP_HELP,
  options: {},
  takes: "words",
  offers: [...commandWords(), ...Object.keys(TOPICS)],
  run: help,
};

async function help(line: CommandLine, context: Context): Promise<ExitCode> {
  const [topic] = line.positionals;
  context.startPaging?.();
  context.print(topic === undefined ? shortHelp() : (await helpOn(line.positionals)).trimEnd());
  return EXIT.done;
}

/** @throws UsageError */
async function helpOn(words: readonly string[]): Promise<string> {
  const [first = ""] = words;
  const topic = Object.hasOwn(TOPICS, first) ? TOPICS[first] : undefined;
  if (topic !== undefined && words.length === 1) return topic();
  const [groupWord] = wordsOfGroup(first);
  const named = commandOf(words) ?? (groupWord && commandOf([first, groupWord]));
  if (named) return (await named.entry.load()).help;
  const near = nearest(first, [...commandWords(), ...Object.keys(TOPICS)]);
  throw new UsageError(`no help on ${first}${near === undefined ? "" : `: did you mean ${near}?`}`);
}
