/** The built `jobtrace serve` as a child process that can be asked for the size of its heap. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { MAIN } from "../end-to-end/serve-process.js";

export interface ServerUnderTest {
  readonly port: number;
  readonly pid: number;
  /** What it wrote to stderr, where a crash tells of itself. */
  readonly errors: readonly string[];
  /** Bytes in use, garbage collected. */
  heap(): Promise<number>;
  /** Why it ended; undefined while it runs. */
  ended(): string | undefined;
  /** Asks it to stop and gives how it ended: "0" when all is well. */
  stop(): Promise<string>;
}

const REPORT_HEAP = fileURLToPath(new URL("report-heap.js", import.meta.url));

/** @throws Error when it does not start. */
export async function startServer(store: string): Promise<ServerUnderTest> {
  const args = ["--import", REPORT_HEAP, MAIN, "serve", "--listen=127.0.0.1:0"];
  const child = spawn(process.execPath, [...args, `--store=${store}`], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const errors: string[] = [];
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the child has no streams");
  createInterface({ input: stderr }).on("line", (line) => errors.push(line));
  const port = await portOf(stdout);
  if (port === undefined) throw new Error(`serve did not start: ${errors.join("\n")}`);
  return {
    port,
    pid: child.pid ?? 0,
    errors,
    async heap() {
      const answer = once(child, "message");
      child.send("heap");
      const [bytes] = (await answer) as [number];
      return bytes;
    },
    ended: () => endOf(child),
    async stop() {
      if (endOf(child) === undefined) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      return endOf(child) ?? "";
    },
  };
}

function endOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  return exitCode === null ? (signalCode ?? undefined) : String(exitCode);
}

/** undefined: it ended before it was ready. */
function portOf(stdout: Readable): Promise<number | undefined> {
  const reader = createInterface({ input: stdout });
  return new Promise((resolve) => {
    let port: number | undefined;
    reader.on("line", (line) => {
      const found = /receive\s+http:\S+:(\d+)/.exec(line)?.[1];
      port ??= found === undefined ? undefined : Number(found);
      if (line.startsWith("Ready.")) resolve(port);
    });
    reader.on("close", () => resolve(undefined));
  });
}
