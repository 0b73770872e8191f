/** Small OTLP requests for tests, encoded by the generated code. */
import { randomBytes } from "node:crypto";
import { opentelemetry } from "../src/otlp/generated/otlp.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;

export interface JobSpanFacts {
  readonly jid: string;
  readonly traceId: Buffer;
  readonly jobClass?: string;
  readonly queue?: string;
  /** Nanoseconds since 1970. */
  readonly start?: bigint;
  readonly end?: bigint;
}

export function randomJob(): JobSpanFacts {
  return { jid: randomBytes(12).toString("hex"), traceId: randomBytes(16) };
}

/** One request with one Sidekiq attempt in it. */
export function attemptRequest({
  jid,
  traceId,
  jobClass = "TestJob",
  queue = "default",
  start = 1_795_000_000_000_000_000n,
  end = start + 5_000_000n,
}: JobSpanFacts): Buffer {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId,
    spanId: randomBytes(8),
    name: `${queue} process`,
    kind: 5,
    startTimeUnixNano: longOf(start),
    endTimeUnixNano: longOf(end),
    attributes: [
      text("messaging.system", "sidekiq"),
      text("messaging.sidekiq.job_class", jobClass),
      text("messaging.message_id", jid),
      text("messaging.destination", queue),
      text("messaging.operation", "process"),
    ],
  };
  const request = {
    resourceSpans: [
      {
        resource: { attributes: [text("service.name", "test")] },
        scopeSpans: [
          {
            scope: { name: "OpenTelemetry::Instrumentation::Sidekiq", version: "0.29.0" },
            spans: [span],
          },
        ],
      },
    ],
  };
  return Buffer.from(ExportTraceServiceRequest.encode(request as never).finish());
}

/** protobufjs takes 64-bit integers in two halves. */
function longOf(value: bigint): {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
} {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: true,
  };
}
