/** The built `jobtrace tail` as a child process whose lines are waited for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { MAIN } from "./serve-process.js";

export interface TailProcess {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  /** Resolves when there are so many lines. */
  untilLines(count: number): Promise<void>;
  untilNotes(count: number): Promise<void>;
  /** Its exit status, once it has ended. */
  ended(): Promise<number | null>;
}

const PATIENCE_MS = 20_000;

export function startTail(store: string, ...options: readonly string[]): TailProcess {
  const args = [MAIN, "tail", `--store=${store}`, ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const notes: string[] = [];
  gather(child.stdout, lines);
  gather(child.stderr, notes);
  const closed = once(child, "close");
  const until = async (list: readonly string[], count: number): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    while (list.length < count) {
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(
          `${list.length} of ${count} lines came:\n${[...lines, ...notes].join("\n")}`,
        );
      await sleep(5);
    }
  };
  return {
    child,
    lines,
    notes,
    untilLines: (count) => until(lines, count),
    untilNotes: (count) => until(notes, count),
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

function gather(stream: NodeJS.ReadableStream, into: string[]): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    into.push(...parts);
  });
}
