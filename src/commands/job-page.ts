/**
 * Pages of a running collector that are what a command prints. `/jobs/<jid>`: what `inspect` prints, as plain text, and
 * with `.json` the document; it is where Jaeger's pages link to. `/doctor/<since>.json`: what `doctor` says of its store.
 *
 * In a process of its own each time: a job of 200,000 spans would hold up everybody's requests.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Page, PageOf } from "../receiver/page.js";
import { packageFolder } from "./package-folder.js";

/** At once. Whoever asks for more comes back later. */
const PROCESSES_MAX = 2;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

const TEXT = "text/plain; charset=utf-8";

export function createJobPage(store: string): PageOf {
  let running = 0;
  return async (path) => {
    const asked = commandOf(path);
    if (asked === undefined) return undefined;
    if (running >= PROCESSES_MAX)
      return { status: 503, type: TEXT, body: "busy with other jobs: try again in a moment\n" };
    running++;
    try {
      return await pageOf(store, asked);
    } finally {
      running--;
    }
  };
}

interface AskedCommand {
  readonly args: readonly string[];
  readonly isJson: boolean;
}

function commandOf(path: string): AskedCommand | undefined {
  const since = /^\/doctor\/(\d{1,6}[dhms])\.json$/.exec(path)?.[1];
  return since === undefined
    ? jobOf(path)
    : { args: ["doctor", `--since=${since}`, "--server=http://127.0.0.1:1"], isJson: true };
}

function jobOf(path: string): AskedCommand | undefined {
  const [, encoded, json] = /^\/jobs\/([^/]{1,1000}?)(\.json)?$/.exec(path) ?? [];
  if (encoded === undefined) return undefined;
  try {
    const args = ["inspect", `--job-id=${decodeURIComponent(encoded)}`];
    return { args, isJson: json !== undefined };
  } catch {
    return undefined;
  }
}

function pageOf(store: string, { args: command, isJson }: AskedCommand): Promise<Page> {
  const main = join(packageFolder(), "dist/cli/main.js");
  const args = [main, ...command, `--store=${store}`, "--color=never", "--tz=UTC"];
  const options = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args, ...(isJson ? ["--json"] : ["--width=none"])],
      options,
      (error, stdout, stderr) => {
        // The doctor's answer "no" is a whole document.
        if (error === null || (error.code === 1 && stdout !== ""))
          resolve({ status: 200, type: isJson ? "application/json" : TEXT, body: stdout });
        // It does not know the job, or several: what it says is the answer.
        else if (error.code === 1 || error.code === 3)
          resolve({ status: 404, type: TEXT, body: stderr });
        else resolve({ status: 500, type: TEXT, body: stderr || `${error.message}\n` });
      },
    );
  });
}
