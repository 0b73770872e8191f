/** The official JavaScript exporters of logs against the built server: what they send is stored and read back. */
import assert from "node:assert/strict";
import { trace, TraceFlags, ROOT_CONTEXT } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter as GrpcExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  LoggerProvider,
  type LogRecordExporter,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { decodeLogsRequest, type OtlpLogRecord } from "../../src/otlp/decode.js";
import { startTestReceiver } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";

type MakeExporter = (port: number, compression: "gzip" | "none") => LogRecordExporter;

const EXPORTERS: Readonly<Record<string, MakeExporter>> = {
  "OTLP/gRPC": (port, compression) =>
    new GrpcExporter({ url: `http://127.0.0.1:${port}`, compression } as never),
  "OTLP/HTTP protobuf": (port, compression) =>
    new ProtobufExporter({ url: `http://127.0.0.1:${port}/v1/logs`, compression } as never),
  "OTLP/HTTP JSON": (port, compression) =>
    new JsonExporter({ url: `http://127.0.0.1:${port}/v1/logs`, compression } as never),
};

const SPAN = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  traceFlags: TraceFlags.SAMPLED,
};

describe("S87: the official JavaScript exporter of logs for", function () {
  this.timeout(60_000);
  const server = builtServer();

  for (const [name, make] of Object.entries(EXPORTERS)) {
    for (const compression of ["none", "gzip"] as const) {
      it(`${name}, ${compression}, sends records that are stored as they were`, async () => {
        await server().newBatches();
        const sent = await someRecords();
        const exporter = make(server().port, compression);
        assert.deepEqual(await exportAll(exporter, sent), { code: 0, error: undefined });
        await exporter.shutdown();
        const stored = (await server().newBatches()).flatMap(recordsOf);
        assert.deepEqual(stored.map(factsOfStored), sent.map(factsOfSent));
      });
    }

    it(`${name} is told with the words of its signal what was wrong`, async () => {
      const receiver = await startTestReceiver();
      receiver.outcome = { kind: "malformed", reason: "it makes no sense" };
      const exporter = make(receiver.port, "none");
      const { code, error } = await exportAll(exporter, await someRecords());
      assert.equal(code, 1);
      assert.match(String(error), /it makes no sense|Bad Request/);
      assert.deepEqual(
        receiver.requests.map(({ signal }) => signal),
        ["logs"],
      );
      await exporter.shutdown();
      await receiver.receiver.close();
    });
  }
});

/** One inside a span and one outside of any, as Sidekiq's own lines are. */
async function someRecords(): Promise<ReadableLogRecord[]> {
  const records: ReadableLogRecord[] = [];
  const memory: LogRecordExporter = {
    export(batch, done) {
      records.push(...batch);
      done({ code: 0 });
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    processors: [new SimpleLogRecordProcessor({ exporter: memory })],
  });
  const logger = provider.getLogger("test", "1.2.3");
  logger.emit({
    severityNumber: SeverityNumber.WARN,
    severityText: "WARN",
    body: "billing timeout after 1s",
    attributes: { invoice: 5501, tags: ["a", "b"] },
    context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
  });
  logger.emit({ body: { msg: "start", ctx: { jid: "8f3c1d0a9b7e4c2d51f0a6e3" } } });
  await provider.forceFlush();
  return records;
}

function exportAll(
  exporter: LogRecordExporter,
  records: ReadableLogRecord[],
): Promise<{ readonly code: number; readonly error: Error | undefined }> {
  return new Promise((resolve) => {
    exporter.export(records, ({ code, error }) => resolve({ code, error }));
  });
}

function recordsOf(request: Uint8Array): readonly OtlpLogRecord[] {
  return decodeLogsRequest(request).resourceLogs.flatMap((resource) =>
    (resource.scopeLogs ?? []).flatMap((scope) => (scope.logRecords ?? []) as OtlpLogRecord[]),
  );
}

type Facts = readonly [string, string, number, string, boolean, number];

function factsOfSent(record: ReadableLogRecord): Facts {
  const { traceId = "", spanId = "" } = record.spanContext ?? {};
  return [
    traceId,
    spanId,
    record.severityNumber ?? 0,
    record.severityText ?? "",
    typeof record.body === "string",
    Object.keys(record.attributes).length,
  ];
}

function factsOfStored(record: OtlpLogRecord): Facts {
  const hex = (id: Uint8Array): string => Buffer.from(id).toString("hex");
  return [
    hex(record.traceId),
    hex(record.spanId),
    record.severityNumber,
    record.severityText,
    record.body?.stringValue != null,
    record.attributes.length,
  ];
}
