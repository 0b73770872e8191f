/** `jobtrace import <file>…`: OTLP requests from files into the store, or into a running collector. */
import { safeText } from "../jobscope/inspect/safe-text.js";
import { sendOtlp } from "../exporters/otlp-http.js";
import { openFileStoreWriter } from "../jobscope/store/file-store-writer.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { indexBatch } from "../processor/batch-index.js";
import { createIngest, type ExportOutcome, type ExportRequest } from "../processor/ingest.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { readOtlpFile } from "./otlp-file.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

const IMPORT_HELP = `jobtrace import <file>...: read OTLP requests from files

  jobtrace import traces/*.pb.gz
  jobtrace import export.json --server=http://127.0.0.1:4318
  curl -s https://example.com/trace.json | jobtrace import -

A file holds one request of traces or logs: protobuf or JSON, plain or gzip.

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

/** One bad file costs no other. */
async function importAll(line: CommandLine, context: Context, take: Take): Promise<ExitCode> {
  let failed = 0;
  for (const path of line.positionals) {
    const read = await readOtlpFile(path);
    const outcome = read.kind === "request" ? await take(read.request) : read;
    const name = path === "-" ? "stdin" : safeText(path);
    if (outcome.kind !== "accepted") {
      failed++;
      context.note(`jobtrace: cannot import ${name}: ${safeText(outcome.reason)}`);
    } else if (!line.flag("quiet")) {
      const { acceptedCount } = outcome;
      const isLogs = read.kind === "request" && read.request.signal === "logs";
      const count =
        acceptedCount > 0 ? `${acceptedCount} ${isLogs ? "log lines" : "spans"}` : "sent";
      context.print(
        `${name}: ${count}${outcome.message === "" ? "" : `; ${safeText(outcome.message)}`}`,
      );
    }
  }
  return failed > 0 ? EXIT.no : EXIT.done;
}
