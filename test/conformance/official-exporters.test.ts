/**
 * The official JavaScript exporters against the built server: what they send is stored and read back. Against a receiver
 * that refuses at first: what they do then.
 */
import assert from "node:assert/strict";
import { SpanKind, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { OtlpSpan } from "../../src/otlp/decode.js";
import { startTestReceiver } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";

type Compression = NonNullable<ConstructorParameters<typeof JsonExporter>[0]>["compression"];
const GZIP = "gzip" as Compression;
const NONE = "none" as Compression;

type MakeExporter = (port: number, compression: Compression) => SpanExporter;

const EXPORTERS: Readonly<Record<string, MakeExporter>> = {
  "OTLP/gRPC": (port, compression) =>
    new GrpcExporter({ url: `http://127.0.0.1:${port}`, compression } as never),
  "OTLP/HTTP protobuf": (port, compression) =>
    new ProtobufExporter({ url: `http://127.0.0.1:${port}/v1/traces`, compression } as never),
  "OTLP/HTTP JSON": (port, compression) =>
    new JsonExporter({ url: `http://127.0.0.1:${port}/v1/traces`, compression } as never),
};

describe("S87: the official JavaScript exporter for", function () {
  this.timeout(60_000);
  const server = builtServer();

  for (const [name, make] of Object.entries(EXPORTERS)) {
    for (const compression of [NONE, GZIP]) {
      it(`${name}, ${compression}, sends spans that are stored as they were`, async () => {
        await server().newSpans();
        const sent = await recordedSpans();
        const exporter = make(server().port, compression);
        assert.deepEqual(await exportAll(exporter, sent), { code: 0, error: undefined });
        await exporter.shutdown();
        assert.deepEqual((await server().newSpans()).map(factsOfStored), sent.map(factsOfSent));
      });
    }

    // That for gRPC loses what it is refused, as Ruby's does: a burst is better absorbed than refused.
    const isRetried = name !== "OTLP/gRPC";
    it(`${name} ${isRetried ? "sends again, once," : "gives up"} what is refused for a while`, async () => {
      const receiver = await startTestReceiver();
      receiver.outcome = { kind: "unavailable", reason: "the disk is full", retryAfterSeconds: 1 };
      const exporter = make(receiver.port, NONE);
      const exported = exportAll(exporter, await recordedSpans());
      while (receiver.requests.length === 0) await new Promise(setImmediate);
      receiver.outcome = undefined;
      assert.equal((await exported).code, isRetried ? 0 : 1);
      assert.equal(receiver.requests.length, isRetried ? 2 : 1);
      await exporter.shutdown();
      await receiver.receiver.close();
    });

    it(`${name} gives up at once what is malformed`, async () => {
      const receiver = await startTestReceiver();
      receiver.outcome = { kind: "malformed", reason: "it makes no sense" };
      const exporter = make(receiver.port, NONE);
      assert.equal((await exportAll(exporter, await recordedSpans())).code, 1);
      assert.equal(receiver.requests.length, 1);
      await exporter.shutdown();
      await receiver.receiver.close();
    });
  }
});

/** Two spans with something of everything. */
async function recordedSpans(): Promise<ReadableSpan[]> {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
  });
  record(provider.getTracer("test", "1.2.3"));
  await provider.forceFlush();
  return memory.getFinishedSpans();
}

function record(tracer: Tracer): void {
  const first = tracer.startSpan("default process", { kind: SpanKind.CONSUMER });
  first.setAttributes({ text: "ü", count: 7, ratio: 0.5, yes: true, list: ["a", "b"] });
  first.recordException(new Error("oh"));
  first.end();
  tracer.startSpan("linked", { links: [{ context: first.spanContext() }] }).end();
}

function exportAll(
  exporter: SpanExporter,
  spans: ReadableSpan[],
): Promise<{ readonly code: number; readonly error: Error | undefined }> {
  return new Promise((resolve) => {
    exporter.export(spans, ({ code, error }) => resolve({ code, error }));
  });
}

type Facts = readonly [string, string, string, number, string, number, number, number];

function factsOfSent(span: ReadableSpan): Facts {
  const { traceId, spanId } = span.spanContext();
  const [seconds, nanos] = span.startTime;
  const start = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
  const counts = [
    Object.keys(span.attributes).length,
    span.events.length,
    span.links.length,
  ] as const;
  // OTLP counts kinds from 1; 0 is none given.
  return [traceId, spanId, span.name, span.kind + 1, start, ...counts];
}

function factsOfStored(span: OtlpSpan): Facts {
  const hex = (id: Uint8Array): string => Buffer.from(id).toString("hex");
  const counts = [span.attributes.length, span.events.length, span.links.length] as const;
  const start = String(span.startTimeUnixNano);
  return [hex(span.traceId), hex(span.spanId), span.name, span.kind, start, ...counts];
}
