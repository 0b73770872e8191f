/**
 * OTLP/gRPC: `TraceService/Export` (OTLP specification, "OTLP/gRPC"), and the health service that probes ask.
 *
 * Messages pass through as bytes: letting grpc-js decode would answer a malformed body with INTERNAL, where OTLP
 * wants INVALID_ARGUMENT, and the store wants the bytes.
 */
import {
  Metadata,
  type sendUnaryData,
  Server,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { statusProtobuf, successProtobuf } from "../otlp/export-reply.js";
import type { ExportOutcome, Ingest } from "../processor/ingest.js";
import type { ByteBudget } from "./byte-budget.js";
import { KEEP_ALIVE_MS, REQUEST_BYTES_MAX, RETRY_AFTER_SECONDS } from "./limits.js";
import type { OnNotice } from "./notice.js";

export interface GrpcReceiverOptions {
  readonly ingest: Ingest;
  readonly budget: ByteBudget;
  readonly onNotice: OnNotice;
  readonly requestBytesMax?: number;
}

const COLLECTOR = "/opentelemetry.proto.collector";
const TRACE_EXPORT = `${COLLECTOR}.trace.v1.TraceService/Export`;
const LOGS_EXPORT = `${COLLECTOR}.logs.v1.LogsService/Export`;
const METRICS_EXPORT = `${COLLECTOR}.metrics.v1.MetricsService/Export`;
const HEALTH_CHECK = "/grpc.health.v1.Health/Check";

/** `HealthCheckResponse { status = 1: SERVING }`. */
const SERVING = Uint8Array.of(0x08, 0x01);

/** Exporters use one stream at a time; this bounds what one connection can open. */
const CONCURRENT_STREAMS_MAX = 100;

type Call = ServerUnaryCall<Buffer, Buffer>;
type Reply = sendUnaryData<Buffer>;

/** A server without a port: it is given connections. */
export function createGrpcReceiver(options: GrpcReceiverOptions): Server {
  const bytesMax = options.requestBytesMax ?? REQUEST_BYTES_MAX;
  const server = new Server({
    "grpc.max_receive_message_length": bytesMax,
    "grpc.max_concurrent_streams": CONCURRENT_STREAMS_MAX,
    "grpc.max_connection_idle_ms": KEEP_ALIVE_MS,
  });
  const handlers: UntypedServiceImplementation = {
    exportTraces: (call: Call, reply: Reply) => void exportTraces(call, reply, options),
    exportLogs: (_call: Call, reply: Reply) => takeAndDrop("logs", reply, options.onNotice),
    exportMetrics: (_call: Call, reply: Reply) => takeAndDrop("metrics", reply, options.onNotice),
    check: (_call: Call, reply: Reply) => reply(null, Buffer.from(SERVING)),
  };
  server.addService(definition(), handlers);
  return server;
}

function definition(): ServiceDefinition {
  const unary = (path: string) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  });
  return {
    exportTraces: unary(TRACE_EXPORT),
    exportLogs: unary(LOGS_EXPORT),
    exportMetrics: unary(METRICS_EXPORT),
    check: unary(HEALTH_CHECK),
  };
}

async function exportTraces(
  call: Call,
  reply: Reply,
  { ingest, budget, onNotice }: GrpcReceiverOptions,
): Promise<void> {
  const body = call.request;
  if (!budget.take(body.length)) {
    refuse(
      reply,
      status.UNAVAILABLE,
      "the memory for requests in flight is used up",
      RETRY_AFTER_SECONDS,
    );
    return;
  }
  try {
    answer(
      reply,
      await ingest({ body, codec: "identity", raw: body, format: "protobuf" }),
      onNotice,
    );
    onNotice({ kind: "sender", userAgent: String(call.metadata.get("user-agent")[0] ?? "") });
  } finally {
    budget.give(body.length);
  }
}

function answer(reply: Reply, outcome: ExportOutcome, onNotice: OnNotice): void {
  switch (outcome.kind) {
    case "accepted":
      reply(
        null,
        Buffer.from(successProtobuf({ rejected: outcome.rejectedSpans, message: outcome.message })),
      );
      return;
    case "malformed":
      onNotice({ kind: "refused", reason: outcome.reason });
      refuse(reply, status.INVALID_ARGUMENT, outcome.reason);
      return;
    case "unavailable":
      onNotice({ kind: "refused", reason: outcome.reason });
      refuse(reply, status.UNAVAILABLE, outcome.reason, outcome.retryAfterSeconds);
  }
}

/** The details travel as a `google.rpc.Status` in a binary trailer. */
function refuse(reply: Reply, code: status, details: string, retryAfterSeconds?: number): void {
  const metadata = new Metadata();
  const error = {
    code,
    message: details,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  metadata.set("grpc-status-details-bin", Buffer.from(statusProtobuf(error)));
  reply({ code, details, metadata });
}

function takeAndDrop(signal: "logs" | "metrics", reply: Reply, onNotice: OnNotice): void {
  onNotice({ kind: "signal_not_kept", signal });
  reply(
    null,
    Buffer.from(
      successProtobuf({ rejected: 0, message: `this version of jobtrace does not keep ${signal}` }),
    ),
  );
}
