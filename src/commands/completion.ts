/** `jobtrace completion bash|zsh|fish`: the script that a shell reads, and what that script asks. */
import { safeText } from "../jobscope/inspect/safe-text.js";
import type { Command } from "./command.js";
import { COMMON_OPTIONS } from "./command.js";
import { type CommandLine, nearest, parseCommandLine } from "./command-line.js";
import { completionOf } from "./completion/candidates.js";
import { completionScript, SHELLS } from "./completion/scripts.js";
import { createStoredWords } from "./completion/stored-words.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { openReader } from "./open-store.js";
import { readConfig } from "./settings/config-file.js";
import { UsageError } from "./usage-error.js";

const COMPLETION_HELP = `jobtrace completion bash|zsh|fish: complete commands, options and ids at the press of a key

  source <(jobtrace completion bash)     in ~/.bashrc
  source <(jobtrace completion zsh)      in ~/.zshrc, after compinit
  jobtrace completion fish > ~/.config/fish/completions/jobtrace.fish

Ids, classes and queues are those of the newest jobs in the store that the command line means;
without a store there are none, and no message.

  --candidates           what the scripts ask: jobtrace completion --candidates -- list --sta
`;

export const completionCommand: Command = {
  name: "completion",
  help: COMPLETION_HELP,
  options: { candidates: { takes: "flag" } },
  takes: "words",
  offers: SHELLS,
  run: completion,
};

async function completion(line: CommandLine, context: Context): Promise<ExitCode> {
  if (line.flag("candidates")) {
    await printCandidates(line.positionals, context);
    return EXIT.done;
  }
  const [word, ...more] = line.positionals;
  const shell = SHELLS.find((each) => each === word);
  if (word === undefined || more.length > 0)
    throw new UsageError("which shell? jobtrace completion bash, zsh or fish");
  if (shell === undefined) {
    const near = nearest(word, SHELLS);
    throw new UsageError(
      `no completion for ${word}: ${near === undefined ? SHELLS.join(", ") : `did you mean ${near}?`}`,
    );
  }
  context.print(completionScript(shell));
  return EXIT.done;
}

async function printCandidates(words: readonly string[], context: Context): Promise<void> {
  const stored = createStoredWords(() => {
    const line = storeLine(words);
    const config = readConfig(line, context.env);
    return openReader(line, { ...context, config: () => config });
  });
  const completion = await completionOf(words, stored);
  if (completion.kind !== "words") return context.print(`:${completion.kind}`);
  for (const { word, about } of completion.candidates)
    context.print(about === "" ? word : `${word}\t${safeText(about)}`);
}

const STORE_OPTIONS = {
  store: { takes: "text" },
  config: COMMON_OPTIONS.config,
  "no-config": COMMON_OPTIONS["no-config"],
} as const;

/** What was typed so far of the options that say where the store is. @throws UsageError */
function storeLine(words: readonly string[]): CommandLine {
  const args = words.slice(0, -1).flatMap((word, at) => {
    const [, name = ""] = /^--([\w-]+)/.exec(word) ?? [];
    if (!Object.hasOwn(STORE_OPTIONS, name)) return [];
    const value = words[at + 1];
    const standsAlone = word.includes("=") || name === "no-config" || value === undefined;
    return standsAlone ? [word] : [`${word}=${value}`];
  });
  return parseCommandLine(args, STORE_OPTIONS);
}
