/** OTLP/gRPC out (OTLP specification, "OTLP/gRPC"). Messages pass through as bytes. */
import {
  ChannelCredentials,
  Client,
  compressionAlgorithms,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { readPartialSuccess, readStatus } from "../otlp/peer-reply.js";
import type { ForwardTarget } from "./forward-target.js";
import { grpcOutcome, type SendOutcome } from "./send-outcome.js";
import {
  FORWARDED_HEADER,
  RESPONSE_BYTES_MAX,
  type Sender,
  type SenderIdentity,
} from "./sender.js";
import { isTlsSetUp, readTlsFiles } from "./tls-files.js";

const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** A connection on which that many requests in a row had no answer is given up for a new one. */
const DEADLINES_MAX = 3;

/** @throws Error when a certificate cannot be read. */
export function createGrpcSender(
  target: ForwardTarget,
  { userAgent, storeId }: SenderIdentity,
): Sender {
  let client = connect(target, userAgent);
  let deadlines = 0;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(target.headers)) metadata.set(key, value);
  metadata.set(FORWARDED_HEADER, storeId);

  async function send(body: Buffer): Promise<SendOutcome> {
    const outcome = await call(client, body, metadata, target.timeoutMs);
    const isSilent = outcome.kind === "retry" && outcome.reason.startsWith("DEADLINE_EXCEEDED");
    deadlines = isSilent ? deadlines + 1 : 0;
    if (deadlines === DEADLINES_MAX) {
      deadlines = 0;
      client.close();
      client = connect(target, userAgent);
    }
    return outcome;
  }

  return {
    takesGzip: false,
    send: ({ body }) => send(body),
    close: () => client.close(),
  };
}

function connect(target: ForwardTarget, userAgent: string): Client {
  return new Client(target.address, credentials(target), {
    "grpc.primary_user_agent": userAgent,
    "grpc.max_receive_message_length": RESPONSE_BYTES_MAX,
    // Ours is the only place that decides what is sent again.
    "grpc.enable_retries": 0,
    // Or two targets of the same address would share a connection that one of them gives up.
    "grpc.use_local_subchannel_pool": 1,
    ...(target.compression === "gzip"
      ? { "grpc.default_compression_algorithm": compressionAlgorithms.gzip }
      : {}),
  });
}

function credentials(target: ForwardTarget): ChannelCredentials {
  if (!target.isSecure) return ChannelCredentials.createInsecure();
  const { ca, key, cert } = readTlsFiles(target);
  return ChannelCredentials.createSsl(ca ?? null, key ?? null, cert ?? null);
}

function call(
  client: Client,
  body: Buffer,
  metadata: Metadata,
  timeoutMs: number,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    client.makeUnaryRequest<Buffer, Buffer>(
      EXPORT,
      (message) => message,
      (message) => message,
      body,
      metadata,
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        if (error === null) {
          resolve({ kind: "accepted", ...readPartialSuccess(answer ?? Buffer.alloc(0)) });
        } else resolve(outcomeOf(error));
      },
    );
  });
}

function outcomeOf({ code, details, metadata }: ServiceError): SendOutcome {
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  const { retryDelayMs } =
    bytes instanceof Buffer ? readStatus(bytes) : { retryDelayMs: undefined };
  // grpc-js says so of its own limit, with the code that a peer uses for a request that is too large.
  if (code === status.RESOURCE_EXHAUSTED && /Received message larger than max/.test(details))
    return { kind: "refused", code: "answer too long", reason: details };
  if (code === status.UNAVAILABLE && isTlsSetUp(undefined, details))
    return { kind: "blocked", reason: details };
  return grpcOutcome(code, details, retryDelayMs);
}
