/** `jobtrace help [<command or topic>]`. */
import { wrap } from "../jobscope/inspect/wrap.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";
import { type CommandLine, nearest } from "./command-line.js";
import type { Command } from "./command.js";
import { COMMANDS, commandOf, commandWords, GROUP_SUMMARY, wordsOfGroup } from "./registry.js";
import { TOPICS } from "./topics/topics.js";

/** The width of a line's first column. */
const USAGE_WIDTH = 35;
const OTHERS_WIDTH = 80;

const HEADING = "jobtrace: what one Sidekiq job did, from its OpenTelemetry spans";

const EXAMPLES = "  jobtrace inspect 8f3c1d0a          jobtrace list --state=failed --since=1h";

/** What most come for. */
const FIRST = ["serve", "inspect", "list", "why", "doctor"] as const;

/** What `jobtrace` alone prints. */
export function shortHelp(): string {
  const others = commandNames().filter((name) => !FIRST.some((each) => each === name));
  return `${HEADING}

${FIRST.map(usageLine).join("\n")}
${wrap(others.join(", "), OTHERS_WIDTH, "  and ", "      ").join("\n")}

${EXAMPLES}
  jobtrace help                      says what each does, jobtrace help inspect all of one`;
}

/** What `jobtrace help` prints. */
function allHelp(): string {
  return `${HEADING}

${commandNames().map(usageLine).join("\n")}

  topics of help: ${Object.keys(TOPICS).join(", ")}

${EXAMPLES}`;
}

/** The commands of a group are one. */
function commandNames(): readonly string[] {
  return [...new Set(Object.keys(COMMANDS).map((name) => name.split(" ", 1)[0] ?? name))];
}

function usageLine(name: string): string {
  const { usage, summary } = COMMANDS[name] ?? {
    usage: wordsOfGroup(name).join("|"),
    summary: GROUP_SUMMARY,
  };
  return `  ${`jobtrace ${name} ${usage}`.padEnd(USAGE_WIDTH)}${summary}`.trimEnd();
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
  context.print(topic === undefined ? allHelp() : (await helpOn(line.positionals)).trimEnd());
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
