/**
 * Options of a command, parsed by Node's own `parseArgs`: `--x=y` and `--x y`, options after arguments, `--` ends them.
 * What is wrong is said in a sentence that names the nearest option.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.js";

/** What completion offers where a value or a word may stand: these words, or what is found when it is asked. */
export type Offer = readonly string[] | "jobs" | "classes" | "queues" | "files" | "folders";

export type OptionSpec =
  | {
      /** A flag has no value. */
      readonly takes: "flag" | "text";
      readonly short?: string;
      readonly offers?: Offer;
      /** Several values may be given, with commas between. */
      readonly takesSeveral?: true;
    }
  /** `--graph` or `--graph=dot`: a value only behind `=`, for the word after it may be an argument. */
  | {
      readonly takes: "optional";
      /** What it means without one. */
      readonly alone: string;
      readonly short?: undefined;
      readonly offers?: Offer;
      readonly takesSeveral?: undefined;
    };

export interface CommandLine {
  readonly positionals: readonly string[];
  /** Whether a flag was given. */
  flag(name: string): boolean;
  /** The value of an option, the last one when it was repeated. */
  text(name: string): string | undefined;
  /** One of a few words; undefined when not given. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined;
  /** A whole number from 0. */
  count(name: string): number | undefined;
  /** `--limit`: at most so many of something; 0 is all. */
  limit(fallback: number): number;
}

/** @throws UsageError */
export function parseCommandLine(
  args: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
): CommandLine {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { takes, short }] of Object.entries(options)) {
    config[name] = {
      type: takes === "flag" ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    };
  }
  const { values, positionals } = parse(withValues(args, options), config);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const count = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,9}$/.test(value)) throw new UsageError(`--${name}=${value} is not a whole number`);
    return Number(value);
  };
  return {
    positionals,
    text,
    count,
    flag: (name) => values[name] === true,
    choice(name, words) {
      const value = text(name);
      if (value === undefined) return undefined;
      const word = words.find((each) => each === value);
      if (word === undefined)
        throw new UsageError(`--${name}=${value} is not one of ${words.join(", ")}`);
      return word;
    },
    limit: (fallback) => (count("limit") ?? fallback) || Number.POSITIVE_INFINITY,
  };
}

/** Node's parser knows no optional values: what stands alone is given the value that it means. */
function withValues(
  args: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
): readonly string[] {
  const end = args.indexOf("--");
  return args.map((arg, at) => {
    const option = arg.startsWith("--") && (end === -1 || at < end) && options[arg.slice(2)];
    return option && option.takes === "optional" ? `${arg}=${option.alone}` : arg;
  });
}

function parse(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw unknownOption(args, options);
    if (code?.startsWith("ERR_PARSE_ARGS") === true)
      throw new UsageError(message.split(". ", 1)[0] ?? message);
    throw error;
  }
}

function unknownOption(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
): UsageError {
  const names = Object.keys(options);
  const shorts = Object.values(options).map(({ short }) => short);
  const isKnown = (arg: string): boolean =>
    arg.startsWith("--")
      ? names.includes(nameOf(arg))
      : arg
          .slice(1)
          .split("")
          .every((letter) => shorts.includes(letter));
  const wrong =
    args.find((arg) => arg.startsWith("-") && arg !== "-" && arg !== "--" && !isKnown(arg)) ?? "";
  const near = nearest(nameOf(wrong), names);
  return new UsageError(
    `unknown option ${wrong.split("=", 1)[0]}${near === undefined ? "" : `: did you mean --${near}?`}`,
  );
}

function nameOf(arg: string): string {
  return arg.replace(/^-+/, "").split("=", 1)[0] ?? "";
}

/** The word that takes the fewest changes, when they are few enough to be a typo. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((each) => ({ each, distance: editDistance(word, each) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3))
    ? best.each
    : undefined;
}

/** Levenshtein: insertions, deletions and replacements. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
