#!/usr/bin/env node
/**
 * argv → command → exit status. The only place that reads the process's arguments and environment, writes to its
 * streams and ends it. Commands are loaded when asked for, so that `inspect` starts without the receiver.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "./commands/context.js";
import { nearest } from "./commands/command-line.js";
import { EXIT, type ExitCode } from "./commands/exit-code.js";
import { type Command, runCommand } from "./commands/command.js";
import { commandOf, commandWords, wordsOfGroup } from "./commands/registry.js";
import { looksLikeId } from "./commands/looks-like-id.js";
import { createPagedOutput, type PagedOutput, pagerOf } from "./commands/pager.js";
import { packageFolder } from "./commands/package-folder.js";
import { UsageError } from "./commands/usage-error.js";
import { safeText } from "./jobscope/inspect/safe-text.js";
import { unixNano } from "./jobscope/model/time.js";
import { StoreError } from "./jobscope/store/store-error.js";

async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  const [first] = args;
  if (first === undefined) {
    context.note((await import("./commands/help.js")).shortHelp());
    return EXIT.usage;
  }
  if (first === "--help" || first === "-h") return run(["help"], context);
  if (first === "--version" || first === "-V") return run(["version"], context);
  const named = commandOf(args);
  if (named !== undefined) {
    running = await named.entry.load();
    return runCommand(running, named.rest, context);
  }
  const group = wordsOfGroup(first);
  if (group.length > 0) return inGroup(first, group, args, context);
  if (looksLikeId(first)) return run(["inspect", ...args], context);
  const near = nearest(first, commandWords());
  throw new UsageError(
    `unknown command ${first}${near === undefined ? "" : `: did you mean ${near}?`}`,
  );
}

/** `jobtrace store`, without the word that says what of it. */
async function inGroup(
  group: string,
  words: readonly string[],
  [, second, ...rest]: readonly string[],
  context: Context,
): Promise<ExitCode> {
  if ([second, ...rest].some((arg) => arg === "--help" || arg === "-h"))
    return run(["help", group], context);
  const choice = words.join(", ").replace(/, (\w+)$/, " or $1");
  if (second === undefined)
    throw new UsageError(`what of the ${group}? jobtrace ${group} ${choice}`);
  const near = nearest(second, words);
  throw new UsageError(
    `unknown command ${group} ${second}${near === undefined ? `: ${choice}` : `: did you mean ${near}?`}`,
  );
}

function createContext(signal: AbortSignal): Context {
  const manifest = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as {
    version: string;
  };
  return {
    env: process.env,
    config: () => undefined,
    print: (line) => (paged ?? process.stdout).write(`${line}\n`),
    drained: async () => {
      if (paged !== undefined) await paged.drained();
      else if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
    },
    note: (line) => {
      if (paged === undefined) process.stderr.write(`${line}\n`);
      else notes.push(line);
    },
    rewrite: process.stderr.isTTY ? rewriteLine : undefined,
    startPaging: process.stdout.isTTY ? startPaging : undefined,
    takeSignals: () => {
      takesSignals = true;
    },
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    version: manifest.version,
    now: () => unixNano(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))),
    signal,
  };
}

let paged: PagedOutput | undefined;
/** Those of a text that is paged come after it. */
const notes: string[] = [];

function startPaging(): void {
  const pager = pagerOf(process.env);
  if (pager === undefined || paged !== undefined) return;
  const { rows, columns } = process.stdout;
  paged = createPagedOutput({
    pager,
    env: process.env,
    screen: { rows, columns },
    write: (text) => void process.stdout.write(text),
    onLeft: () => process.exit(EXIT.done),
  });
}

/** What was printed is shown, and the reader has seen it. */
async function endPaging(): Promise<void> {
  await paged?.end();
  paged = undefined;
  for (const line of notes.splice(0)) process.stderr.write(`${line}\n`);
}

/** ECMA-48: back to the first column, erase the line. */
function rewriteLine(line: string): void {
  if (paged?.isPaging === true) return;
  process.stderr.write(`\r\x1b[2K${line}`);
}

/** One sentence, never a stack, for what the user can mend. */
function report(error: unknown): ExitCode {
  if (error instanceof UsageError) {
    process.stderr.write(`jobtrace: ${safeText(error.message)}\n`);
    return EXIT.usage;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof StoreError || typeof code === "string") {
    const hint =
      error instanceof StoreError && error.code === "no_store"
        ? "; start one with jobtrace serve, or name it with --store=DIR"
        : "";
    process.stderr.write(`jobtrace: ${safeText(message)}${hint}\n`);
    return EXIT.unreadable;
  }
  throw error;
}

/** A reader that has seen enough closes the pipe; that is no error of ours, and a collector has more to do than to tell. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (running?.name === "serve") return;
  process.exit(error.code === "EPIPE" ? EXIT.done : report(error));
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const stop = new AbortController();
let running: Command | undefined;
let takesSignals = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A collector stops in order, and some commands end a step first. Who asks twice does not want to wait, but for the
    // collector, which is never left half stopped.
    // Ctrl-C in a pager is the pager's.
    if (signal === "SIGINT" && paged?.isPaging === true) return;
    const isAskedAgain = stop.signal.aborted && running?.name !== "serve";
    const endsItself = running?.endsOnSignal === true || takesSignals;
    if (isAskedAgain || !endsItself) process.exit(EXIT.interrupted);
    stop.abort();
  });
}

// Not a top-level await: the command is bundled as a script, which starts in half the time of a module.
void run(process.argv.slice(2), createContext(stop.signal))
  .then(
    async (code) => {
      await endPaging();
      return code;
    },
    async (error: unknown) => {
      await endPaging();
      return report(error);
    },
  )
  .then((code) => {
    process.exitCode = code;
  });
