/** A command, run in this process: as main.ts runs it, with what it prints kept. */
import type { Context } from "../../src/commands/context.js";
import { runCommand } from "../../src/commands/command.js";
import { commandOf } from "../../src/commands/registry.js";
import { UsageError } from "../../src/commands/usage-error.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { StoreError } from "../../src/jobscope/store/store-error.js";

export interface RunHere {
  /** An exit status, or the error whose message main.ts prints. */
  readonly ended: number | "usage" | "store";
  readonly out: string;
  /** Notes, one a line. */
  readonly notes: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function runHere(
  args: readonly string[],
  { env = {}, signal = new AbortController().signal }: Surroundings = {},
): Promise<RunHere> {
  const named = commandOf(args);
  if (named === undefined) throw new Error(`no command ${args.join(" ")}`);
  const out: string[] = [];
  const notes: string[] = [];
  const context: Context = {
    env,
    config: () => undefined,
    print: (line) => void out.push(`${line}\n`),
    drained: () => Promise.resolve(),
    note: (line) => void notes.push(`${line}\n`),
    rewrite: undefined,
    isTerminal: false,
    columns: undefined,
    version: "0.0.0",
    now: () => unixNano(BigInt(Date.now()) * 1_000_000n),
    signal,
  };
  const ended = await runCommand(await named.entry.load(), named.rest, context).catch(
    (error: unknown) => {
      if (error instanceof UsageError) return "usage" as const;
      if (error instanceof StoreError) return "store" as const;
      throw error;
    },
  );
  return { ended, out: out.join(""), notes: notes.join("") };
}
