/**
 * What may come next on a command line, from the table of commands and what each takes: a new command, option or value is
 * offered without a word here.
 */
import { type Command, COMMON_OPTIONS } from "../command.js";
import type { Offer, OptionSpec } from "../command-line.js";
import { looksLikeId } from "../looks-like-id.js";
import { COMMANDS, commandOf, GROUP_SUMMARY, wordsOfGroup } from "../registry.js";
import { optionTexts } from "./option-texts.js";

export interface Candidate {
  /** Takes the place of the last word. One that ends with "=" goes on. */
  readonly word: string;
  /** What it is, for the shells that show that; "" where nothing is known. */
  readonly about: string;
}

/** What only the store can tell. `typed`: what every word of it must begin with. */
export interface StoredWords {
  jobs(typed: string): Promise<readonly Candidate[]>;
  classes(typed: string): Promise<readonly Candidate[]>;
  queues(typed: string): Promise<readonly Candidate[]>;
}

export type Completion =
  | { readonly kind: "words"; readonly candidates: readonly Candidate[] }
  /** The shell's business: it knows of `~` and of what is hidden. */
  | { readonly kind: "files" | "folders" };

/** `words`: those after `jobtrace`; the last is the one that is being typed, "" when nothing of it is yet. */
export async function completionOf(
  words: readonly string[],
  stored: StoredWords,
): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const [first] = before;
  if (first === undefined) {
    const commands = starting(typed, firstWords(typed));
    // An id needs no verb.
    return commands.length > 0 ? wordsOnly(commands) : offered("jobs", "", typed, stored);
  }
  const named = commandOf(before);
  if (named !== undefined)
    return afterCommand(await named.entry.load(), { typed, before: named.rest, stored });
  if (before.length === 1 && wordsOfGroup(first).length > 0)
    return wordsOnly(
      starting(
        typed,
        wordsOfGroup(first).map((word) => secondWord(first, word)),
      ),
    );
  const inspect = looksLikeId(first) ? commandOf(["inspect"]) : undefined;
  return inspect === undefined
    ? wordsOnly([])
    : afterCommand(await inspect.entry.load(), { typed, before: before.slice(1), stored });
}

function wordsOnly(candidates: readonly Candidate[]): Completion {
  return { kind: "words", candidates };
}

function starting(typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(typed));
}

function firstWords(typed: string): readonly Candidate[] {
  if (typed.startsWith("-")) return ["--help", "--version"].map((word) => ({ word, about: "" }));
  const candidates = new Map<string, string>();
  for (const [name, { summary, alias }] of Object.entries(COMMANDS)) {
    const [word = name, second] = name.split(" ");
    candidates.set(word, second === undefined ? summary : GROUP_SUMMARY);
    // Beside the word that it stands for it would only be in the way.
    if (alias !== undefined && typed !== "") candidates.set(alias, `the same as ${name}`);
  }
  return [...candidates].map(([word, about]) => ({ word, about }));
}

function secondWord(first: string, word: string): Candidate {
  return { word, about: COMMANDS[`${first} ${word}`]?.summary ?? "" };
}

interface Typing {
  readonly typed: string;
  /** Between the command and what is typed. */
  readonly before: readonly string[];
  readonly stored: StoredWords;
}

async function afterCommand(
  command: Command,
  { typed, before, stored }: Typing,
): Promise<Completion> {
  const options: Readonly<Record<string, OptionSpec>> = { ...command.options, ...COMMON_OPTIONS };
  if (before.includes("--")) return offered(command.offers, "", typed, stored);
  const awaiting = optionAwaiting(before.at(-1), options);
  if (awaiting !== undefined) return valueOf(awaiting, "", typed, stored);
  const [, name, value] = /^--([\w-]+)=(.*)$/s.exec(typed) ?? [];
  if (name !== undefined && value !== undefined) {
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    return spec === undefined ? wordsOnly([]) : valueOf(spec, `--${name}=`, value, stored);
  }
  return typed.startsWith("-")
    ? wordsOnly(starting(typed, optionWords(options, optionTexts(command.help))))
    : offered(command.offers, "", typed, stored);
}

/** The option that takes the next word as its value. */
function optionAwaiting(
  word: string | undefined,
  options: Readonly<Record<string, OptionSpec>>,
): OptionSpec | undefined {
  const spec = Object.entries(options).find(
    ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  )?.[1];
  return spec?.takes === "text" ? spec : undefined;
}

function optionWords(
  options: Readonly<Record<string, OptionSpec>>,
  texts: ReadonlyMap<string, string>,
): readonly Candidate[] {
  return Object.entries(options).map(([name, { takes }]) => ({
    word: takes === "text" ? `--${name}=` : `--${name}`,
    about: texts.get(name) ?? "",
  }));
}

/** `lead`: what stands before the value in the same word. */
function valueOf(
  { offers, takesSeveral }: OptionSpec,
  lead: string,
  value: string,
  stored: StoredWords,
): Promise<Completion> {
  if (takesSeveral !== true || !Array.isArray(offers)) return offered(offers, lead, value, stored);
  const given = value.split(",").slice(0, -1);
  const left = offers.filter((word) => !given.includes(word));
  const done = given.map((word) => `${word},`).join("");
  return offered(left, lead + done, value.slice(done.length), stored);
}

async function offered(
  offer: Offer | undefined,
  lead: string,
  typed: string,
  stored: StoredWords,
): Promise<Completion> {
  if (offer === "files" || offer === "folders") return { kind: offer };
  const candidates =
    offer === undefined
      ? []
      : typeof offer === "string"
        ? await stored[offer](typed)
        : offer.map((word) => ({ word, about: "" }));
  return wordsOnly(
    starting(typed, candidates).map(({ word, about }) => ({ word: lead + word, about })),
  );
}
