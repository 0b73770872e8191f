/** jobtrace as its user has it: `serve` in a process of its own, `inspect` run from a shell over the same store. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { type Child, matchLine, startChild } from "./child.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

/** Spans travel up to five seconds after their end (the exporter collects that long), so a job is seen within ten; thrice that. */
const INSPECT_DEADLINE_MS = 30_000;

/** Between two looks at a job that is not there yet. */
const POLL_MS = 200;

/** `inspect` answers so when the store does not know the job, or has no record yet. */
const ANSWER_IS_NO = 1;

export interface Jobtrace {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT is set to. */
  readonly endpoint: string;
  /** Looks until the job is there and `isDone` is content with it. */
  inspect(jid: string, isDone: (document: JobDocument) => boolean): Promise<JobDocument>;
  inspectText(jid: string, ...flags: readonly string[]): Promise<string>;
  /** Resolves with the exit code. */
  stop(): Promise<number | null>;
}

export async function startJobtrace(store: string): Promise<Jobtrace> {
  const serve: Child = startChild(process.execPath, [
    MAIN,
    "serve",
    "--listen=127.0.0.1:0",
    `--store=${store}`,
  ]);
  const [, endpoint = ""] = await serve.wait("its address", matchLine(/receive\s+(http:\S+)/));
  await serve.wait("its readiness", matchLine(/^Ready\./));

  const run = (jid: string, flags: readonly string[]) =>
    runMain(["inspect", jid, ...flags, `--store=${store}`]);
  return {
    endpoint,
    inspect: (jid, isDone) => poll(jid, () => run(jid, ["--json"]), isDone),
    inspectText: async (jid, ...flags) => {
      const { code, stdout, stderr } = await run(jid, flags);
      if (code !== 0) throw new Error(`inspect ${jid} exited with ${code}: ${stderr}`);
      return stdout;
    },
    stop: () => serve.stop("SIGTERM"),
  };
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function poll(
  jid: string,
  run: () => Promise<Result>,
  isDone: (document: JobDocument) => boolean,
): Promise<JobDocument> {
  const deadline = Date.now() + INSPECT_DEADLINE_MS;
  for (;;) {
    const { code, stdout, stderr } = await run();
    if (code !== 0 && code !== ANSWER_IS_NO)
      throw new Error(`inspect ${jid} exited with ${code}: ${stderr}`);
    const document = code === 0 ? (JSON.parse(stdout) as JobDocument) : undefined;
    if (document !== undefined && isDone(document)) return document;
    if (Date.now() > deadline)
      throw new Error(`cannot see the end of job ${jid}: inspect still says ${stdout}${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function runMain(args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
