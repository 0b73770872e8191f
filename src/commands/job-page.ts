/**
 * Pages of a running collector that are what a command prints, as plain text, and with `.json` as its `--json`.
 * `/jobs/<id>` and `/jobs/<id>/attempts/<n>`: `inspect`; the first is where Jaeger's pages link to. `/jobs/<id>/logs` and
 * `/jobs/<id>/why`: the commands of these names. `/doctor/<since>.json`: what `doctor` says of its store.
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
const JSON_TYPE = "application/json";
/** One document a line. */
const JSON_LINES = "application/x-ndjson";

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
  /** Of its JSON; undefined where text was asked for. */
  readonly jsonType: string | undefined;
}

function commandOf(path: string): AskedCommand | undefined {
  const since = /^\/doctor\/(\d{1,6}[dhms])\.json$/.exec(path)?.[1];
  return since === undefined
    ? jobOf(path)
    : { args: ["doctor", `--since=${since}`, "--server=http://127.0.0.1:1"], jsonType: JSON_TYPE };
}

/** How `inspect` begins to say that a job has no such attempt. */
const NO_ATTEMPT = /^jobtrace: --attempt=/;

const JOB_PATH =
  /^\/jobs\/([^/]{1,1000}?)(?:\/(?:attempts\/([1-9]\d{0,5}|first|last|all)|(logs|why)))?(\.json)?$/;

function jobOf(path: string): AskedCommand | undefined {
  const [, encoded, attempt, view, json] = JOB_PATH.exec(path) ?? [];
  const id = encoded === undefined ? undefined : decoded(encoded);
  if (id === undefined) return undefined;
  const name = view ?? "inspect";
  const args = [name, `--job-id=${id}`, ...(attempt === undefined ? [] : [`--attempt=${attempt}`])];
  const jsonType = name === "logs" ? JSON_LINES : JSON_TYPE;
  return { args, jsonType: json === undefined ? undefined : jsonType };
}

/** undefined: it is not encoded as a part of a path is. */
function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function pageOf(store: string, { args: command, jsonType }: AskedCommand): Promise<Page> {
  const main = join(packageFolder(), "dist/cli/main.js");
  const args = [main, ...command, `--store=${store}`, "--color=never", "--tz=UTC"];
  const options = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args, ...(jsonType === undefined ? ["--width=none"] : ["--json"])],
      options,
      (error, stdout, stderr) => {
        // The doctor's answer "no" is a whole document.
        if (error === null || (error.code === 1 && stdout !== ""))
          resolve({ status: 200, type: jsonType ?? TEXT, body: stdout });
        // It does not know the job or its attempt, or several jobs: what it says is the answer.
        else if (error.code === 1 || error.code === 3 || NO_ATTEMPT.test(stderr))
          resolve({ status: 404, type: TEXT, body: stderr });
        else resolve({ status: 500, type: TEXT, body: stderr || `${error.message}\n` });
      },
    );
  });
}
