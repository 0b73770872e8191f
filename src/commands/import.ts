/** `jobtrace import <file>…`: OTLP requests from files into the store, or into a running collector. */
import { safeText } from "../jobscope/inspect/safe-text.js";
import { sendOtlp } from "../exporters/otlp-http.js";
import { countText } from "../jobscope/model/count-text.js";
import { openFileStoreWriter } from "../jobscope/store/file-store-writer.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { indexBatch } from "../processor/batch-index.js";
import { createIngest, type ExportOutcome, type ExportRequest } from "../processor/ingest.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { readOtlpFile } from "./otlp-file.js";
import { createProgress } from "./progress.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

const IMPORT_HELP = `jobtrace import <file>...: read OTLP requests from files

  jobtrace import traces/*.pb.gz
  jobtrace import export.json --server=http://127.0.0.1:4318
  curl -s https://example.com/trace.json | jobtrace import -
  jobtrace export 8f3c1d0a --format=otlp-json | jobtrace import - --store=/tmp/elsewhere

A file holds requests of traces or logs, plain or gzip, told by what is in it: one in protobuf, or
any number in OTLP/JSON, one behind another as the Collector's file exporter and jobtrace export
write them, or in a list.

  --store=DIR            the store to write to (JOBTRACE_STORE)
  --server=URL           send to a running collector instead; needed while it holds the store
  -q, --quiet            only errors
`;

type Take = (request: ExportRequest) => Promise<ExportOutcome>;

export const importCommand: Command = {
  name: "import",
  help: IMPORT_HELP,
  options: {
    store: { takes: "text", offers: "folders" },
    server: { takes: "text" },
    quiet: { takes: "flag", short: "q" },
  },
  takes: "words",
  offers: "files",
  run: importFiles,
};

async function importFiles(line: CommandLine, context: Context): Promise<ExitCode> {
  if (line.positionals.length === 0) throw new UsageError("which files? jobtrace import <file>...");
  const server = line.text("server");
  if (server !== undefined) return importAll(line, context, takeBySending(server));

  const writer = openWriter(line, context);
  try {
    return await importAll(line, context, createIngest(writer, context.now));
  } finally {
    await writer.close();
  }
}

function openWriter(line: CommandLine, context: Context): ReturnType<typeof openFileStoreWriter> {
  try {
    return openFileStoreWriter(SETTINGS.store.of(line, context), {
      indexBatch,
      now: context.now,
    });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "locked") throw error;
    throw new StoreError(
      "locked",
      `${error.message}; send to it instead: jobtrace import --server=http://127.0.0.1:4318 <file>...`,
    );
  }
}

function takeBySending(server: string): Take {
  if (!URL.canParse(server))
    throw new UsageError(`--server=${server} is not a URL such as http://127.0.0.1:4318`);
  return async ({ signal, body, codec, format }) => {
    const request = { bytes: body, isGzip: codec === "gzip", format };
    const result = await sendOtlp(server, signal === "logs" ? "/v1/logs" : "/v1/traces", request);
    if (result.kind === "accepted")
      return { kind: "accepted", acceptedCount: 0, rejectedCount: 0, message: result.message };
    if (result.kind === "refused" && result.status < 500)
      return { kind: "malformed", reason: result.message };
    return {
      kind: "unavailable",
      reason: `${server} did not take it: ${result.message}`,
      retryAfterSeconds: 1,
    };
  };
}

/** Errors of one file that are told one by one. */
const TOLD_MAX = 5;

/** One bad file costs no other, and one bad request no other of its file. */
async function importAll(line: CommandLine, context: Context, take: Take): Promise<ExitCode> {
  let failed = 0;
  for (const path of line.positionals) {
    const name = path === "-" ? "stdin" : safeText(path);
    const progress = createProgress(context);
    const tally = createTally();
    for await (const read of readOtlpFile(path)) {
      const outcome = read.kind === "request" ? await take(read.request) : read;
      progress.show(`${name}: ${countText(tally.requests())} requests read …`);
      if (outcome.kind === "accepted")
        tally.add(outcome, read.kind === "request" && read.request.signal === "logs");
      else if (++failed && tally.refuse() <= TOLD_MAX) {
        progress.clear();
        context.note(`jobtrace: cannot import ${name}: ${safeText(outcome.reason)}`);
      }
    }
    progress.clear();
    const untold = tally.refused() - TOLD_MAX;
    if (untold > 0) context.note(`jobtrace: ${name}: ${countText(untold)} more were not taken`);
    const text = tally.text();
    if (text !== undefined && !line.flag("quiet")) context.print(`${name}: ${text}`);
  }
  return failed > 0 ? EXIT.no : EXIT.done;
}

interface Tally {
  add(outcome: Extract<ExportOutcome, { kind: "accepted" }>, isLogs: boolean): void;
  /** Returns how many there are by now. */
  refuse(): number;
  refused(): number;
  /** Those taken. */
  requests(): number;
  /** undefined: nothing was taken. */
  text(): string | undefined;
}

/** Different messages of a collector that are repeated to the user. */
const MESSAGES_MAX = 5;

function createTally(): Tally {
  let requests = 0;
  let refused = 0;
  let spans = 0;
  let logs = 0;
  const messages = new Set<string>();
  return {
    add({ acceptedCount, message }, isLogs) {
      requests++;
      if (isLogs) logs += acceptedCount;
      else spans += acceptedCount;
      if (message !== "" && messages.size < MESSAGES_MAX) messages.add(message);
    },
    refuse: () => ++refused,
    refused: () => refused,
    requests: () => requests,
    text() {
      if (requests === 0) return undefined;
      const counts = [
        ...(spans > 0 ? [`${spans} spans`] : []),
        ...(logs > 0 ? [`${logs} log lines`] : []),
      ];
      const what = counts.length === 0 ? "sent" : counts.join(", ");
      const many = requests > 1 ? ` in ${countText(requests)} requests` : "";
      return [what + many, ...[...messages].map(safeText)].join("; ");
    },
  };
}
