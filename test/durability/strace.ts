/** Reads what `strace -f -y -xx` prints: each system call with when it began and when it ended, as places in the file. */
import { spawnSync } from "node:child_process";

export interface SystemCall {
  readonly name: string;
  /** What stands between the brackets, as strace prints it. */
  readonly args: string;
  readonly result: number;
  /** Line numbers; a call that another thread's call interrupts in the print ends later than it begins. */
  readonly began: number;
  readonly ended: number;
}

/** undefined: strace runs here; otherwise why it does not. */
export function straceMissing(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-o", "/dev/null", "true"], {
    encoding: "utf8",
  });
  if (error !== undefined) return `strace cannot be started: ${error.message}`;
  return status === 0 ? undefined : `strace does not work here: ${stderr.trim()}`;
}

/** The command in front of a process whose calls are written to `file`. Texts are whole, and in hexadecimal. */
export function strace(file: string, calls: readonly string[]): readonly string[] {
  return [
    "strace",
    "-f",
    "-y",
    "-xx",
    "-s",
    "1000000",
    "-o",
    file,
    "-e",
    `trace=${calls.join(",")}`,
    "-e",
    "signal=none",
  ];
}

export function readStrace(text: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly began: number }>();
  for (const [at, line] of text.split("\n").entries()) {
    const [, thread = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (begun !== undefined) {
      unfinished.set(thread, { text: begun, began: at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const before = resumed === undefined ? undefined : unfinished.get(thread);
    const call = parseCall((before?.text ?? "") + (resumed ?? rest));
    if (call !== undefined) calls.push({ ...call, began: before?.began ?? at, ended: at });
  }
  return calls;
}

function parseCall(text: string): Pick<SystemCall, "name" | "args" | "result"> | undefined {
  const [, name, args, result] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(text) ?? [];
  if (name === undefined || args === undefined) return undefined;
  return { name, args, result: Number(result) };
}

/** `7</some/path>` → the path of the first argument; sockets read `socket:[123]`. */
export function fileOf({ args }: SystemCall): string {
  const quoted = /^(?:AT_FDCWD|\d+)<([^>]*)>/.exec(args)?.[1] ?? "";
  return quoted.includes("\\x") ? unescape(quoted).toString() : quoted;
}

/** All texts among the arguments, one after another. */
export function bytesOf(call: SystemCall): Buffer {
  return Buffer.concat(textsOf(call));
}

export function textsOf({ args }: SystemCall): readonly Buffer[] {
  const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)];
  return texts.map(([, hex = ""]) => unescape(hex));
}

function unescape(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
