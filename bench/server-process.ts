/** A server under load as a child process, and the CPU time the operating system counts for it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly port: number;
  /** User and system time so far, all threads. Seconds. */
  cpuSeconds(): number;
  /** Resident memory now. Bytes. */
  residentBytes(): number;
  /** `loopDelayP99Ms`: undefined unless it was watched. */
  stop(): Promise<{ readonly loopDelayP99Ms: number | undefined }>;
}

/** Of `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100;

export const MAIN = fileURLToPath(new URL("../cli/main.js", import.meta.url));

export function startBare(kind: "grpc" | "http"): Promise<ServerProcess> {
  return start([fileURLToPath(new URL("./bare-server.js", import.meta.url)), kind], /^(\d+)$/);
}

export function startJobtrace(
  store: string,
  options: readonly string[] = [],
  { watchesLoop = false } = {},
): Promise<ServerProcess> {
  const watch = watchesLoop ? ["--import", new URL("./watch-loop.js", import.meta.url).href] : [];
  return start(
    [...watch, MAIN, "serve", "--listen=127.0.0.1:0", `--store=${store}`, ...options],
    /receive\s+http:\/\/127\.0\.0\.1:(\d+)/,
  );
}

async function start(args: readonly string[], portPattern: RegExp): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  let loopDelayP99Ms: number | undefined;
  child.on("message", (message: { loopDelayP99Ms?: number }) => {
    loopDelayP99Ms = message.loopDelayP99Ms;
  });
  const port = await portOf(child, portPattern);
  return {
    port,
    cpuSeconds() {
      // proc(5): the command's name is in brackets and may hold spaces; utime and stime are fields 14 and 15.
      const fields =
        readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    residentBytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
      return { loopDelayP99Ms };
    },
  };
}

function portOf(child: ChildProcess, pattern: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error("the server has no stdout");
    createInterface({ input: child.stdout }).on("line", (line) => {
      const port = pattern.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("exit", (code) =>
      reject(new Error(`the server ended with ${code} before it listened`)),
    );
  });
}
