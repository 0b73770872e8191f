#!/usr/bin/env node
/**
 * argv → command → exit status. The only place that reads the process's arguments and environment, writes to its
 * streams and ends it. Commands are loaded when asked for, so that `inspect` starts without the receiver.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "./commands/context.js";
import { nearest } from "./commands/command-line.js";
import { EXIT, type ExitCode } from "./commands/exit-code.js";
import { help, SHORT_HELP } from "./commands/help.js";
import { packageFolder } from "./commands/package-folder.js";
import { UsageError } from "./commands/usage-error.js";
import { safeText } from "./jobscope/inspect/safe-text.js";
import { unixNano } from "./jobscope/model/time.js";
import { StoreError } from "./jobscope/store/store-error.js";

type Command = (args: readonly string[], context: Context) => Promise<ExitCode>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.js")).serve,
  inspect: async () => (await import("./commands/inspect.js")).inspect,
  show: async () => (await import("./commands/inspect.js")).inspect,
  list: async () => (await import("./commands/list.js")).list,
  ls: async () => (await import("./commands/list.js")).list,
  import: async () => (await import("./commands/import.js")).importFiles,
  demo: async () => (await import("./commands/demo.js")).demo,
  store: async () => (await import("./commands/store.js")).store,
  help: async () => help,
  version: async () => version,
};

async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === undefined) {
    context.note(SHORT_HELP);
    return EXIT.usage;
  }
  if (first === "--help" || first === "-h") return help([], context);
  if (first === "--version" || first === "-V") return version([], context);
  const load = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (load !== undefined) return (await load())(rest, context);
  // What people paste is an id.
  if (/^[0-9a-f]{8,}$|^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(first))
    return (await import("./commands/inspect.js")).inspect(args, context);
  const near = nearest(first, Object.keys(COMMANDS));
  throw new UsageError(
    `unknown command ${first}${near === undefined ? "" : `: did you mean ${near}?`}`,
  );
}

async function version(args: readonly string[], context: Context): Promise<ExitCode> {
  const facts = { version: context.version, node: process.versions.node };
  context.print(args.includes("--json") ? JSON.stringify(facts) : `jobtrace ${facts.version}`);
  return EXIT.done;
}

function createContext(signal: AbortSignal): Context {
  const manifest = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as {
    version: string;
  };
  return {
    env: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    rewrite: process.stderr.isTTY ? rewriteLine : undefined,
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    version: manifest.version,
    now: () => unixNano(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))),
    signal,
  };
}

/** ECMA-48: back to the first column, erase the line. */
function rewriteLine(line: string): void {
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

/** A reader that has seen enough closes the pipe; that is no error of ours. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

const stop = new AbortController();
const [command] = process.argv.slice(2);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A collector stops in order, and what works on the store's files ends its step; every other command has nothing
    // to finish. Who asks twice does not want to wait.
    const isAskedAgain = command === "store" && stop.signal.aborted;
    if (isAskedAgain || !(command === "serve" || command === "store"))
      process.exit(EXIT.interrupted);
    stop.abort();
  });
}

// Not a top-level await: the command is bundled as a script, which starts in half the time of a module.
void run(process.argv.slice(2), createContext(stop.signal))
  .catch(report)
  .then((code) => {
    process.exitCode = code;
  });
