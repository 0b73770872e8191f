/**
 * OTLP/gRPC: `Export` of TraceService, LogsService and MetricsService (OTLP specification, "OTLP/gRPC"), and the health service that probes ask.
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
import type { ExportOutcome, ExportSignal, Ingest } from "../processor/ingest.js";
import type { BodyWatch } from "./body-watch.js";
import { type ByteBudget, releaseWhenFree } from "./byte-budget.js";
import {
  type Admission,
  gateStreams,
  HEALTH_CHECK,
  type StreamGate,
  TICKET_HEADER,
} from "./grpc-stream-gate.js";
import { type Inflated, inflate } from "./http-body.js";
import { NO_ROOM } from "./http-reply.js";
import { FORWARDED_HEADER, RUNS_IN_A_CIRCLE } from "./http-refusal.js";
import {
  CONCURRENT_STREAMS_MAX,
  KEEP_ALIVE_MS,
  REQUEST_BYTES_MAX,
  SESSION_MEMORY_MB_MAX,
} from "./limits.js";
import type { OnNotice } from "./notice.js";
import { retryAfterSeconds } from "./retry-after.js";
import type { SenderTokens } from "./sender-tokens.js";
import type { StreamWatch } from "./stream-watch.js";

export interface GrpcReceiverOptions {
  readonly ingest: Ingest;
  readonly budget: ByteBudget;
  readonly watch: BodyWatch;
  readonly streams: StreamWatch;
  readonly onNotice: OnNotice;
  readonly tokens?: SenderTokens | undefined;
  readonly requestBytesMax?: number;
  readonly storeId?: string | undefined;
}

const COLLECTOR = "/opentelemetry.proto.collector";
const TRACE_EXPORT = `${COLLECTOR}.trace.v1.TraceService/Export`;
const LOGS_EXPORT = `${COLLECTOR}.logs.v1.LogsService/Export`;
const METRICS_EXPORT = `${COLLECTOR}.metrics.v1.MetricsService/Export`;

/** `HealthCheckResponse { status = 1: SERVING }`. */
const SERVING = Uint8Array.of(0x08, 0x01);

type Call = ServerUnaryCall<Buffer, Buffer>;
type Reply = sendUnaryData<Buffer>;

/** A server without a port: it is given connections. */
export function createGrpcReceiver(options: GrpcReceiverOptions): Server {
  const bytesMax = options.requestBytesMax ?? REQUEST_BYTES_MAX;
  const server = new Server({
    "grpc.max_receive_message_length": bytesMax,
    "grpc.max_concurrent_streams": CONCURRENT_STREAMS_MAX,
    "grpc.max_connection_idle_ms": KEEP_ALIVE_MS,
    "grpc-node.max_session_memory": SESSION_MEMORY_MB_MAX,
    // Nobody asks for its statistics, and it remembers every connection.
    "grpc.enable_channelz": 0,
  });
  const gate = gateStreams(server, { ...options, requestBytesMax: bytesMax });
  const handlers: UntypedServiceImplementation = {
    exportTraces: exportOf("traces", gate, options),
    exportLogs: exportOf("logs", gate, options),
    exportMetrics: exportOf("metrics", gate, options),
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

function exportOf(
  signal: ExportSignal,
  gate: StreamGate,
  options: GrpcReceiverOptions,
): (call: Call, reply: Reply) => void {
  return (call, reply) => {
    takeExport(call, reply, signal, gate, options).catch((error: unknown) => {
      refuse(reply, status.INTERNAL, `jobtrace failed: ${String(error)}`);
    });
  };
}

async function takeExport(
  call: Call,
  reply: Reply,
  signal: ExportSignal,
  gate: StreamGate,
  options: GrpcReceiverOptions,
): Promise<void> {
  const admission = gate.admissionOf(String(call.metadata.get(TICKET_HEADER)[0]));
  let received: Received | undefined;
  try {
    if (admission?.isOver() === true) {
      refuse(reply, status.CANCELLED, "the call is over");
      return;
    }
    const [from] = call.metadata.get(FORWARDED_HEADER);
    if (options.storeId !== undefined && from === options.storeId) {
      refuse(reply, status.PERMISSION_DENIED, RUNS_IN_A_CIRCLE);
      return;
    }
    received = await receive(call.request, signal, admission, options);
    answer(reply, received, options);
    const userAgent = String(call.metadata.get("user-agent")[0] ?? "");
    options.onNotice(
      signal === "metrics" ? { kind: "signal_not_kept", signal } : { kind: "sender", userAgent },
    );
  } finally {
    if (admission !== undefined)
      releaseWhenFree(received ?? { kind: "over" }, admission.reservation);
  }
}

/** What became of a call: the processor's outcome, or none because it did not get so far. */
type Received = ExportOutcome | Exclude<Inflated, { readonly kind: "inflated" }>;

function receive(
  body: Buffer,
  signal: ExportSignal,
  admission: Admission | undefined,
  { ingest, requestBytesMax = REQUEST_BYTES_MAX }: GrpcReceiverOptions,
): Promise<Received> | Received {
  if (admission === undefined || !admission.isGzip)
    return ingest({ signal, body, codec: "identity", raw: body, format: "protobuf" });
  const taken = (inflated: Inflated): Promise<Received> | Received =>
    inflated.kind === "inflated"
      ? ingest({ signal, body, codec: "gzip", raw: inflated.raw, format: "protobuf" })
      : inflated;
  const inflated = inflate(body, requestBytesMax, admission.reservation);
  return inflated instanceof Promise ? inflated.then(taken) : taken(inflated);
}

function answer(
  reply: Reply,
  received: Received,
  { onNotice, requestBytesMax = REQUEST_BYTES_MAX }: GrpcReceiverOptions,
): void {
  switch (received.kind) {
    case "accepted": {
      const { rejectedCount: rejected, message } = received;
      reply(null, Buffer.from(successProtobuf({ rejected, message })));
      return;
    }
    case "malformed":
      onNotice({ kind: "refused", reason: received.reason });
      refuse(reply, status.INVALID_ARGUMENT, received.reason);
      return;
    case "unavailable":
      onNotice({ kind: "refused", reason: received.reason });
      refuse(
        reply,
        status.UNAVAILABLE,
        received.reason,
        received.retryAfterSeconds ?? retryAfterSeconds(),
      );
      return;
    case "no_room":
      refuse(reply, status.UNAVAILABLE, NO_ROOM, retryAfterSeconds());
      return;
    case "too_large":
      reply({
        code: status.RESOURCE_EXHAUSTED,
        details: `the message inflates to more than ${requestBytesMax} bytes: send smaller batches`,
      });
  }
}

/** The details travel as a `google.rpc.Status` in a binary trailer. */
function refuse(reply: Reply, code: status, details: string, retryAfter?: number): void {
  const metadata = new Metadata();
  const error = {
    code,
    message: details,
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
  };
  metadata.set("grpc-status-details-bin", Buffer.from(statusProtobuf(error)));
  reply({ code, details, metadata });
}
