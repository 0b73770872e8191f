/** `jobtrace serve` as a child that may be killed at any moment, also before it is ready. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { MAIN } from "../serve-process.js";

export interface KillableServe {
  readonly child: ChildProcess;
  /** Its address once it is ready; undefined when it ended before. */
  readonly ready: Promise<string | undefined>;
  readonly exited: Promise<Exit>;
  /** What it printed so far, both streams. */
  readonly lines: readonly string[];
  /** SIGKILL unless it has ended by itself. */
  kill(): Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServeStart {
  readonly store: string;
  readonly options?: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command and its arguments that runs Node: `strace -f`. */
  readonly under?: readonly string[];
}

export function spawnServe({
  store,
  options = [],
  nodeOptions = [],
  env = {},
  under = [],
}: ServeStart): KillableServe {
  const serve = [MAIN, "serve", "--listen=127.0.0.1:0", `--store=${store}`, ...options];
  const [command = process.execPath, ...args] = [
    ...under,
    process.execPath,
    ...nodeOptions,
    ...serve,
  ];
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<string | undefined>((resolve) => {
    let endpoint: string | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        endpoint ??= /receive\s+(http:\S+)/.exec(line)?.[1];
        if (line.startsWith("Ready.")) resolve(endpoint);
      });
    }
    child.once("close", () => resolve(undefined));
  });
  return {
    child,
    ready,
    exited,
    lines,
    kill() {
      child.kill("SIGKILL");
      return exited;
    },
  };
}
