/** The built `jobtrace serve` as a child process, on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export const MAIN = "dist/cli/main.js";

export interface ServeProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** Lines of stdout so far. */
  readonly lines: readonly string[];
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Resolves when it is ready. */
export async function startServe(
  store: string,
  ...options: readonly string[]
): Promise<ServeProcess> {
  const args = [MAIN, "serve", "--listen=127.0.0.1:0", `--store=${store}`, ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const lines: string[] = [];
  const isReady = await readyOrEnded(child, lines);
  const endpoint = lines.map((line) => /receive\s+(http:\S+)/.exec(line)?.[1]).find(Boolean);
  if (!isReady || endpoint === undefined)
    throw new Error(`serve did not start: ${[...lines, ...errors].join("\n")}`);
  return {
    child,
    endpoint,
    lines,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      await once(child, "exit");
      return child.exitCode;
    },
  };
}

/** Gathers its lines as long as it lives. Resolves with false when it ended before it was ready. */
function readyOrEnded(child: ChildProcess, lines: string[]): Promise<boolean> {
  if (child.stdout === null) throw new Error("the child has no stdout");
  const reader = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    reader.on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Ready.")) resolve(true);
    });
    reader.on("close", () => resolve(false));
  });
}

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command to its end. */
export async function jobtrace(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  await once(child, "close");
  return {
    code: child.exitCode,
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
  };
}
