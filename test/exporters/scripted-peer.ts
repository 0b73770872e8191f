/**
 * An OTLP server that answers what it is told to, over HTTP and gRPC, and counts the spans that it took: every id, and
 * how often it came.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { gunzipSync } from "node:zlib";
import { Metadata, Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;
const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

type Request = opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
export type PeerSpan = opentelemetry.proto.trace.v1.Span.$Properties;

export interface PeerRequest {
  /** From 0. */
  readonly number: number;
  readonly spanIds: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

export type PeerAnswer =
  | { readonly kind: "ok"; readonly body?: Buffer }
  | {
      readonly kind: "http";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: Buffer;
    }
  | {
      readonly kind: "grpc";
      readonly code: number;
      readonly message?: string;
      readonly details?: Buffer;
    }
  /** Neither an answer nor the end of the connection. */
  | { readonly kind: "silence" }
  /** The connection ends without an answer. `taken`: after the spans were. */
  | { readonly kind: "drop"; readonly taken: boolean };

export type PeerScript = (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>;

export interface ScriptedPeer {
  readonly port: number;
  readonly requests: readonly PeerRequest[];
  /** Hex span id → how often it was taken. */
  readonly taken: ReadonlyMap<string, number>;
  /** What was taken, decoded, in order. */
  readonly bodies: readonly Request[];
  script: PeerScript;
  /** Resolves when `isDone` holds, looked at after each request. */
  until(isDone: () => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Book {
  readonly peer: Omit<ScriptedPeer, "port" | "close">;
  decide(raw: Buffer, headers: Readonly<Record<string, unknown>>): Promise<PeerAnswer>;
}

const DEADLINE_MS = 15_000;

function createBook(): Book {
  const requests: PeerRequest[] = [];
  const taken = new Map<string, number>();
  const bodies: Request[] = [];
  const watchers = new Set<() => void>();
  const peer: Book["peer"] = {
    requests,
    taken,
    bodies,
    script: () => ({ kind: "ok" }),
    until: (isDone) =>
      new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        const look = (): void => {
          if (!isDone()) return;
          finish();
          resolve();
        };
        const timer = setTimeout(() => {
          finish();
          reject(new Error(`not within ${DEADLINE_MS} ms: ${requests.length} requests so far`));
        }, DEADLINE_MS);
        watchers.add(look);
        look();
      }),
  };
  return {
    peer,
    async decide(raw, headers) {
      const body = ExportTraceServiceRequest.decode(raw);
      const spanIds = spansOf(body).map(({ spanId }) => Buffer.from(spanId ?? []).toString("hex"));
      const request = { number: requests.length, spanIds, headers, bytes: raw.length };
      requests.push(request);
      const answer = await peer.script(request);
      if (answer.kind === "ok" || (answer.kind === "drop" && answer.taken)) {
        bodies.push(body);
        for (const id of spanIds) taken.set(id, (taken.get(id) ?? 0) + 1);
      }
      for (const look of watchers) look();
      return answer;
    },
  };
}

export function spansOf(body: Request): readonly PeerSpan[] {
  return body.resourceSpans.flatMap(({ scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ spans }) => spans ?? []),
  );
}

/** `tls`: of an encrypted one. */
export async function startHttpPeer(port = 0, tls?: TlsOptions): Promise<ScriptedPeer> {
  const book = createBook();
  const sockets = new Set<Socket>();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void bodyOf(request).then(async (raw) => {
      const answer = await book.decide(raw, request.headers);
      switch (answer.kind) {
        case "ok":
          response.writeHead(200, { "content-type": "application/x-protobuf" }).end(answer.body);
          return;
        case "http":
          response.writeHead(answer.status, answer.headers).end(answer.body);
          return;
        case "drop":
          request.socket.destroy();
          return;
        case "grpc":
        case "silence":
      }
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createSecureServer(tls, onRequest);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return Object.assign(book.peer, {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

export interface GrpcPeerOptions {
  readonly port?: number;
  readonly credentials?: ServerCredentials;
  readonly receiveBytesMax?: number;
}

export async function startGrpcPeer(options: GrpcPeerOptions = {}): Promise<ScriptedPeer> {
  const book = createBook();
  const { receiveBytesMax = -1 } = options;
  const server = new GrpcServer({ "grpc.max_receive_message_length": receiveBytesMax });
  const identity = (bytes: Buffer): Buffer => bytes;
  server.addService(
    {
      export: {
        path: EXPORT,
        requestStream: false,
        responseStream: false,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    },
    {
      export: (
        call: { request: Buffer; metadata: Metadata },
        reply: (error: object | null, answer?: Buffer) => void,
      ) => {
        void book.decide(call.request, call.metadata.getMap()).then((answer) => {
          if (answer.kind === "ok") reply(null, answer.body ?? Buffer.alloc(0));
          else if (answer.kind === "grpc") {
            const metadata = new Metadata();
            if (answer.details !== undefined)
              metadata.set("grpc-status-details-bin", answer.details);
            reply({ code: answer.code, details: answer.message ?? "", metadata });
          }
        });
      },
    },
  );
  const credentials = options.credentials ?? ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return Object.assign(book.peer, {
    port,
    close: async () => server.forceShutdown(),
  });
}
