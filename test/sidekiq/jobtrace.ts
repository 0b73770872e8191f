/** jobtrace as its user has it: `serve` in a process of its own, `inspect` run from a shell over the same store. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import type { LogLineDocument } from "../../src/jobscope/model/logs/log-line-document.js";
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
  /** `logs`, looked at until `isDone` is content. */
  logs(
    jid: string,
    isDone: (lines: readonly LogLineDocument[]) => boolean,
  ): Promise<readonly LogLineDocument[]>;
  /** Sidekiq's JSON lines as an agent sends them, by curl. */
  sendLog(lines: readonly string[], service: string): Promise<void>;
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
    inspect: (jid, isDone) =>
      poll(
        () => run(jid, ["--json"]),
        (text) => JSON.parse(text) as JobDocument,
        isDone,
      ),
    logs: (jid, isDone) =>
      poll(() => runMain(["logs", jid, "--json", `--store=${store}`]), linesOf, isDone),
    inspectText: async (jid, ...flags) => {
      const { code, stdout, stderr } = await run(jid, flags);
      if (code !== 0) throw new Error(`inspect ${jid} exited with ${code}: ${stderr}`);
      return stdout;
    },
    sendLog: (lines, service) => sendLog(endpoint, lines, service),
    stop: () => serve.stop("SIGTERM"),
  };
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function linesOf(text: string): readonly LogLineDocument[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LogLineDocument);
}

async function poll<Answer>(
  run: () => Promise<Result>,
  read: (text: string) => Answer,
  isDone: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + INSPECT_DEADLINE_MS;
  for (;;) {
    const { code, stdout, stderr } = await run();
    if (code !== 0 && code !== ANSWER_IS_NO)
      throw new Error(`jobtrace exited with ${code}: ${stderr}`);
    const answer = code === 0 ? read(stdout) : undefined;
    if (answer !== undefined && isDone(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`cannot see the end of a job: jobtrace still says ${stdout}${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function sendLog(endpoint: string, lines: readonly string[], service: string): Promise<void> {
  const logRecords = lines.map((line) => {
    const { ts } = JSON.parse(line) as { readonly ts: string };
    return { timeUnixNano: `${Date.parse(ts)}000000`, body: { stringValue: line } };
  });
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const request = { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] };
  const json = "content-type: application/json";
  const url = `${endpoint}/v1/logs`;
  const body = JSON.stringify(request);
  const args = ["-sS", "-H", json, "--data-binary", body, "-w", " %{http_code}", url];
  const { stdout } = await promisify(execFile)("curl", args);
  if (stdout !== "{} 200") throw new Error(`/v1/logs answered ${stdout}`);
}

function runMain(args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
