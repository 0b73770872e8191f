/** Ways to call every command that reads a store: over the registry, so that a new command is called too. */
import type { Command } from "../../src/commands/command.js";
import { COMMANDS } from "../../src/commands/registry.js";

/** These write, send or wait for ever; each has tests of its own. */
const NOT_CALLED = new Set(["serve", "import", "demo", "store prune", "completion", "help"]);
/** These go on until somebody ends them. */
const ENDLESS = new Set(["follow", "watch", "once"]);
/** Options without which a command would go on, or would look at what is not of the store. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  tail: ["--until=1s"],
  export: ["--format=md"],
  doctor: ["--server=http://127.0.0.1:1"],
};
const NO_LINES = new Set([
  "help",
  "quiet",
  "fail-empty",
  "exit-status",
  "no-pager",
  "no-config",
  // Opens a browser, and has tests of its own.
  "web",
]);

export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  /** Lines for a person; false: JSON, or another form for programs. */
  readonly isText: boolean;
}

/** With the jids in place of its words, once as it is, and once with each flag and each value that it offers. */
export async function callsOf(
  name: string,
  store: string,
  jids: readonly [string, string],
): Promise<readonly Call[]> {
  const entry = COMMANDS[name];
  if (entry === undefined || NOT_CALLED.has(name)) return [];
  const command = await entry.load();
  const needed = NEEDED[name] ?? [];
  const storeOption = "store" in command.options ? [`--store=${store}`] : [];
  const base = [...name.split(" "), ...storeOption, ...needed];
  const words = wordsOf(entry.usage, jids);
  return [[], ...variations(command)].map((options) => ({
    name,
    args: [...base, ...options, ...words],
    isText: options.every(isForReading),
  }));
}

/** `<id>` and `<a> <b>`; what stands in brackets may be left out. */
function wordsOf(usage: string, jids: readonly [string, string]): readonly string[] {
  const count = [...usage.replace(/\[[^\]]*\]/g, "").matchAll(/<\w+>/g)].length;
  return count === 0 ? [] : ["--", ...jids.slice(0, count)];
}

function variations({ options }: Command): readonly (readonly string[])[] {
  return Object.entries(options).flatMap(([name, { takes, offers }]): string[][] => {
    if (ENDLESS.has(name) || NO_LINES.has(name)) return [];
    const offered = name === "width" ? ["none", "40"] : typeof offers === "object" ? offers : [];
    const values = offered.map((value) => [`--${name}=${value}`]);
    return takes === "text" ? values : [[`--${name}`], ...values];
  });
}

function isForReading(option: string): boolean {
  return !/^--(?:json|graph=|format=|dot$|mermaid$)/.test(option);
}
