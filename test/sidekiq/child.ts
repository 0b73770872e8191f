/**
 * A program that runs beside the test until it is stopped, and the lines it has printed.
 *
 * Whatever happens to the test, no program stays: those still running when mocha's process ends are killed.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { atEnd } from "./last-resort.js";

/** Far above what any of the programs takes to start or to finish its work on a slow machine. */
const DEADLINE_MS = 60_000;

/** Enough of a failed program's last words to see why. */
const TAIL_LINES = 30;

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user and group: PostgreSQL refuses to be root. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface Child {
  /** What it printed so far, both streams, in order of arrival. */
  readonly lines: readonly string[];
  /** Resolves once `find` gives a value for the lines so far; rejects when the program ends or time is up first. */
  wait<T>(what: string, find: (lines: readonly string[]) => T | undefined): Promise<T>;
  /** Resolves with the exit code when the program has ended, null when a signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export function startChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Child {
  const { env, ...user } = options;
  const child = spawn(command, args, {
    ...user,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const forget = atEnd(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      changed();
    });
  }
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
    changed();
  });
  const ended = new Promise<number | null>((resolve) => {
    // "close" follows the last line of both streams; "exit" does not.
    child.once("close", (code, signal) => {
      forget();
      failure ??= new Error(`ended with ${code ?? signal}`);
      resolve(code);
      changed();
    });
  });

  const wait: Child["wait"] = (what, find) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        watchers.delete(check);
        clearTimeout(timer);
      };
      const fail = (reason: string) => {
        finish();
        const tail = lines.slice(-TAIL_LINES).join("\n");
        reject(new Error(`cannot see ${what} of ${command}: ${reason}; it printed last:\n${tail}`));
      };
      const check = () => {
        const found = find(lines);
        if (found !== undefined) {
          finish();
          resolve(found);
        } else if (failure !== undefined) fail(failure.message);
      };
      const timer = setTimeout(() => fail(`not within ${DEADLINE_MS} ms`), DEADLINE_MS);
      watchers.add(check);
      check();
    });

  const stop: Child["stop"] = (signal) => {
    child.kill(signal);
    return ended;
  };
  return { lines, wait, stop };
}

/** The first line that matches. */
export function matchLine(
  pattern: RegExp,
): (lines: readonly string[]) => RegExpExecArray | undefined {
  return (lines) =>
    lines.map((line) => pattern.exec(line)).find((match) => match !== null) ?? undefined;
}
