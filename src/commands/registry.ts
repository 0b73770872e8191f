/**
 * Every command there is, in the order of the short help. Each is loaded only when it is asked for, so that `inspect`
 * starts without the receiver.
 */
import type { Command } from "./command.js";

export interface CommandEntry {
  /** What stands behind the name in the short help. */
  readonly usage: string;
  readonly summary: string;
  readonly alias?: string;
  readonly load: () => Promise<Command>;
}

/** Of the only group there is: store. */
export const GROUP_SUMMARY = "the files on disk";

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: {
    usage: "",
    summary: "receive spans and keep them",
    load: async () => (await import("./serve.js")).serveCommand,
  },
  inspect: {
    usage: "<id>",
    summary: "one job, as a timeline",
    alias: "show",
    load: async () => (await import("./inspect.js")).inspectCommand,
  },
  list: {
    usage: "",
    summary: "jobs, newest first",
    alias: "ls",
    load: async () => (await import("./list.js")).listCommand,
  },
  tail: {
    usage: "",
    summary: "jobs as they end",
    load: async () => (await import("./tail.js")).tailCommand,
  },
  graph: {
    usage: "",
    summary: "which class enqueues which; cycles",
    load: async () => (await import("./graph.js")).graphCommand,
  },
  logs: {
    usage: "<id>",
    summary: "every log line of a job, in order",
    load: async () => (await import("./logs.js")).logsCommand,
  },
  why: {
    usage: "<id>",
    summary: "the incident checklist, answered",
    load: async () => (await import("./why.js")).whyCommand,
  },
  diff: {
    usage: "<a> <b>",
    summary: "two jobs or attempts, step by step",
    load: async () => (await import("./diff.js")).diffCommand,
  },
  stats: {
    usage: "[<Class>]",
    summary: "per class: counts, times, queries",
    load: async () => (await import("./stats.js")).statsCommand,
  },
  failures: {
    usage: "",
    summary: "failures, grouped by what failed",
    load: async () => (await import("./failures.js")).failuresCommand,
  },
  export: {
    usage: "<id>...",
    summary: "jobs as files for other tools",
    load: async () => (await import("./export.js")).exportCommand,
  },
  import: {
    usage: "<file>...",
    summary: "read OTLP requests from files",
    load: async () => (await import("./import.js")).importCommand,
  },
  doctor: {
    usage: "",
    summary: "is it set up right; what to change",
    load: async () => (await import("./doctor.js")).doctorCommand,
  },
  "store info": {
    usage: "",
    summary: "what is on disk, who writes to it",
    load: async () => (await import("./store-info.js")).storeInfoCommand,
  },
  "store verify": {
    usage: "",
    summary: "read everything, name what is damaged",
    load: async () => (await import("./store-verify.js")).storeVerifyCommand,
  },
  "store prune": {
    usage: "",
    summary: "delete the oldest segments",
    load: async () => (await import("./store-prune.js")).storePruneCommand,
  },
  demo: {
    usage: "",
    summary: "a recorded run, without Ruby",
    load: async () => (await import("./demo.js")).demoCommand,
  },
  config: {
    usage: "",
    summary: "settings, and where each came from",
    load: async () => (await import("./config.js")).configCommand,
  },
  completion: {
    usage: "bash|zsh|fish",
    summary: "complete commands, options and ids",
    load: async () => (await import("./completion.js")).completionCommand,
  },
  help: {
    usage: "[<command>|<topic>]",
    summary: "options, with examples",
    load: async () => (await import("./help.js")).helpCommand,
  },
  version: {
    usage: "",
    summary: "",
    load: async () => (await import("./version.js")).versionCommand,
  },
};

/** The command that the first one or two words name, and the words after it. */
export interface NamedCommand {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

export function commandOf(args: readonly string[]): NamedCommand | undefined {
  const [first = "", second = ""] = args;
  const group = COMMANDS[`${first} ${second}`];
  if (group !== undefined) return { entry: group, rest: args.slice(2) };
  const name = Object.keys(COMMANDS).find(
    (each) => each === first || COMMANDS[each]?.alias === first,
  );
  const entry = name === undefined ? undefined : COMMANDS[name];
  return entry === undefined ? undefined : { entry, rest: args.slice(1) };
}

/** First words of commands, aliases among them. */
export function commandWords(): readonly string[] {
  const words = Object.entries(COMMANDS).flatMap(([name, { alias }]) => [
    name.split(" ", 1)[0] ?? name,
    ...(alias === undefined ? [] : [alias]),
  ]);
  return [...new Set(words)];
}

/** Second words of the commands whose first is `group`: info, verify and prune of store. */
export function wordsOfGroup(group: string): readonly string[] {
  return Object.keys(COMMANDS)
    .filter((name) => name.startsWith(`${group} `))
    .map((name) => name.slice(group.length + 1));
}
