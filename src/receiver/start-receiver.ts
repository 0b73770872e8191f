/**
 * The listening side: each port takes OTLP/gRPC and OTLP/HTTP, told apart by the first bytes of a connection, so
 * "wrong port" and "wrong protocol" are not mistakes a user can make.
 *
 * An HTTP/2 client with prior knowledge, as every gRPC client is, begins with `PRI * HTTP/2.0` (RFC 9113, 3.4). No
 * HTTP/1.1 method begins with `PRI`.
 */
import { type Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { Ingest } from "../processor/ingest.js";
import { createBodyWatch } from "./body-watch.js";
import { createByteBudget } from "./byte-budget.js";
import { createGrpcReceiver } from "./grpc-receiver.js";
import { createHttpReceiver } from "./http-receiver.js";
import { createJsonThread } from "./json-thread.js";
import {
  CLOSE_TIMEOUT_MS,
  CONNECTIONS_MAX,
  FIRST_BYTES_TIMEOUT_MS,
  type ReceiverLimits,
} from "./limits.js";
import { formatAddress, type ListenAddress } from "./listen-address.js";
import { once, type OnNotice } from "./notice.js";
import type { PageOf } from "./page.js";
import { createSenderTokens } from "./sender-tokens.js";
import { createStreamWatch } from "./stream-watch.js";

export interface ReceiverOptions extends ReceiverLimits {
  readonly ingest: Ingest;
  readonly listen: readonly ListenAddress[];
  readonly version: string;
  /** Where the spans go, told to whoever looks at `/`. */
  readonly store: string;
  /** Further lines for the same. */
  readonly health?: () => Promise<readonly string[]>;
  /** In hex: spans that were forwarded from this very store are refused. */
  readonly storeId?: string | undefined;
  /** Pages beside `/`. */
  readonly page?: PageOf;
  /** Each different one once. */
  readonly onNotice?: OnNotice;
  /** Every one. */
  readonly onEachNotice?: OnNotice;
  /** Who sends or looks has to have one of them; nobody has to when there are none. */
  readonly tokens?: readonly string[];
}

export interface Receiver {
  /** What is bound, with real ports. */
  readonly addresses: readonly ListenAddress[];
  /** Takes no new connections, lets requests under way finish, then closes. */
  close(): Promise<void>;
}

/** An address that could not be bound. */
export class ListenError extends Error {
  readonly address: ListenAddress;
  readonly code: string;

  constructor(address: ListenAddress, cause: NodeJS.ErrnoException) {
    super(
      `cannot listen on ${formatAddress(address)}: ${cause.code === "EADDRINUSE" ? "it is in use" : cause.message}`,
      { cause },
    );
    this.name = "ListenError";
    this.address = address;
    this.code = cause.code ?? "";
  }
}

const TLS_HANDSHAKE = 0x16;
const HTTP2_PREFACE = Buffer.from("PRI");

/** @throws ListenError; nothing is left listening then. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const told = once(options.onNotice ?? (() => undefined));
  const onNotice: OnNotice = (notice) => {
    options.onEachNotice?.(notice);
    told(notice);
  };
  const shared = {
    ...options,
    onNotice,
    budget: createByteBudget(options),
    watch: createBodyWatch(options),
    streams: createStreamWatch(options),
    jsonThread: createJsonThread(),
    tokens: createSenderTokens(options.tokens ?? []),
  };
  const http = createHttpReceiver(shared);
  const grpc = createGrpcReceiver(shared);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();

  const onConnection = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A connection that breaks while it is looked at is nobody's concern; its protocol handles it later.
    socket.on("error", () => socket.destroy());
    lookAtFirstBytes(socket, options, (protocol) => {
      if (protocol === "grpc") injector.injectConnection(socket);
      else if (protocol === "http") http.emit("connection", socket);
      else {
        onNotice({ kind: "tls_client" });
        socket.destroy();
      }
    });
  };

  const servers: Server[] = [];
  try {
    for (const address of await resolvePorts(options.listen)) {
      const server = await listen(address, onConnection);
      if (server === undefined) continue;
      server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
      servers.push(server);
    }
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return {
    addresses: servers.map(boundAddress),
    async close() {
      await closeAll(servers, http, grpc, injector, sockets);
      shared.watch.close();
      shared.streams.close();
      await shared.jsonThread.close();
    },
  };
}

type Protocol = "grpc" | "http" | "tls";

function lookAtFirstBytes(
  socket: Socket,
  { firstBytesTimeoutMs = FIRST_BYTES_TIMEOUT_MS }: ReceiverLimits,
  pass: (protocol: Protocol) => void,
): void {
  socket.setTimeout(firstBytesTimeoutMs, () => socket.destroy());
  let seen: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = protocolOf(seen);
    if (protocol === undefined) return;
    socket.off("readable", onReadable);
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.unshift(seen);
    pass(protocol);
  };
  socket.on("readable", onReadable);
}

/** undefined: too few bytes to tell. */
function protocolOf(seen: Buffer): Protocol | undefined {
  if (seen[0] === TLS_HANDSHAKE) return "tls";
  const length = Math.min(seen.length, HTTP2_PREFACE.length);
  if (!seen.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))) return "http";
  return length === HTTP2_PREFACE.length ? "grpc" : undefined;
}

/** Port 0 means any free port, and the same one for both families of an address that was asked for as one. */
async function resolvePorts(
  addresses: readonly ListenAddress[],
): Promise<readonly ListenAddress[]> {
  const first = addresses.find(({ port }) => port === 0);
  if (first === undefined) return addresses;
  const server = await listen(first, () => undefined);
  if (server === undefined) return addresses;
  const { port } = boundAddress(server);
  await closeServer(server);
  return addresses.map((address) => (address.port === 0 ? { ...address, port } : address));
}

/** undefined: this machine has no such address family. */
function listen(
  address: ListenAddress,
  onConnection: (socket: Socket) => void,
): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, onConnection);
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isFamilyMissing = error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT";
      if (isFamilyMissing && address.host === "::1") resolve(undefined);
      else reject(new ListenError(address, error));
    });
    server.listen({ host: address.host, port: address.port }, () => resolve(server));
  });
}

function boundAddress(server: Server): ListenAddress {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("cannot tell what was bound: the server is closed");
  return { host: address.address, port: address.port };
}

async function closeAll(
  servers: readonly Server[],
  http: HttpServer,
  grpc: GrpcServer,
  injector: { drain(graceTimeMs: number): void; destroy(): void },
  sockets: ReadonlySet<Socket>,
): Promise<void> {
  const closed = Promise.all(servers.map(closeServer));
  injector.drain(CLOSE_TIMEOUT_MS);
  // Idle connections are closed at once, those with a request under way when it is answered.
  http.closeIdleConnections();
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_TIMEOUT_MS);
  const idle = setInterval(() => http.closeIdleConnections(), 20);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
  injector.destroy();
  grpc.forceShutdown();
}

/** Resolves when its last connection is closed. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
