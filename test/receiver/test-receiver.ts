/** A receiver on a free port that notes what it is given, and raw clients that say exactly what they are told to. */
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { google } from "../../src/otlp/generated/otlp.js";
import type { ExportOutcome, ExportRequest } from "../../src/processor/ingest.js";
import { parseListen } from "../../src/receiver/listen-address.js";
import type { ReceiverLimits } from "../../src/receiver/limits.js";
import type { Notice } from "../../src/receiver/notice.js";
import { type Receiver, startReceiver } from "../../src/receiver/start-receiver.js";

/** One span; from opentelemetry-proto's example of a request. */
export const F1 = Buffer.from(
  "0a35123312310a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);

export interface TestReceiver {
  readonly receiver: Receiver;
  readonly host: string;
  readonly port: number;
  readonly requests: readonly ExportRequest[];
  readonly notices: readonly Notice[];
  /** What the next requests are answered with. */
  outcome: ExportOutcome | undefined;
}

export interface TestOptions extends ReceiverLimits {
  readonly listen?: string;
  /** Delays every answer until it resolves. */
  readonly until?: Promise<void>;
}

const ACCEPTED: ExportOutcome = {
  kind: "accepted",
  acceptedCount: 1,
  rejectedCount: 0,
  message: "",
};

export async function startTestReceiver({
  listen = "127.0.0.1:0",
  until,
  ...limits
}: TestOptions = {}): Promise<TestReceiver> {
  const read = parseListen(listen);
  if (read.kind === "malformed") throw new Error(read.reason);
  const requests: ExportRequest[] = [];
  const notices: Notice[] = [];
  const state: { outcome: ExportOutcome | undefined } = { outcome: undefined };
  const receiver = await startReceiver({
    listen: read.addresses,
    version: "0.0.0",
    store: "/somewhere",
    onNotice: (notice) => notices.push(notice),
    ingest: async (request) => {
      requests.push(request);
      await until;
      return state.outcome ?? ACCEPTED;
    },
    ...limits,
  });
  const [address] = receiver.addresses;
  if (address === undefined) throw new Error("nothing is listening");
  return Object.assign(state, {
    receiver,
    host: address.host,
    port: address.port,
    requests,
    notices,
  });
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpSent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export const PROTOBUF = { "content-type": "application/x-protobuf" };
export const JSON_TYPE = { "content-type": "application/json" };

export function post(
  { host, port }: { host: string; port: number },
  sent: HttpSent = {},
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const { method = "POST", path = "/v1/traces", headers = PROTOBUF, body = F1 } = sent;
    const request = httpRequest({ host, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on("error", reject);
    request.end(method === "GET" || method === "HEAD" ? undefined : body);
  });
}

/** Writes bytes and gives what comes back until the other side closes or has said `until`: the end of a head. */
export function talk(
  port: number,
  chunks: readonly (Uint8Array | string)[],
  until = "\r\n\r\n",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (answer.includes(until)) socket.end();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.setNoDelay(true);
    socket.once("connect", () => {
      const send = (at: number): void => {
        const chunk = chunks[at];
        if (chunk !== undefined) socket.write(chunk, () => setImmediate(send, at + 1));
      };
      send(0);
    });
  });
}

export interface GrpcReply {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly grpcStatus: string;
  readonly message: string;
  readonly details: Buffer | undefined;
  readonly body: Buffer;
}

export const TRACE_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** gRPC's length-prefixed message. */
export function frame(message: Uint8Array, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** One call on a connection of its own, with the bytes as given. */
export async function callGrpc(
  port: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  path = TRACE_EXPORT,
): Promise<GrpcReply> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    return await callOn(session, body, headers, path);
  } finally {
    session.close();
  }
}

export function callOn(
  session: ClientHttp2Session,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  path = TRACE_EXPORT,
): Promise<GrpcReply> {
  return new Promise((resolve, reject) => {
    session.setMaxListeners(0).once("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      "content-type": "application/grpc",
      ...headers,
    });
    const chunks: Buffer[] = [];
    let head: Readonly<Record<string, string | string[] | number | undefined>> = {};
    let trailers: Readonly<Record<string, string | string[] | number | undefined>> = {};
    stream.on("response", (response) => {
      head = response;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const all = { ...head, ...trailers };
      const details = all["grpc-status-details-bin"];
      resolve({
        httpStatus: Number(all[":status"]),
        contentType: String(all["content-type"] ?? ""),
        grpcStatus: String(all["grpc-status"] ?? ""),
        message: decodeURIComponent(String(all["grpc-message"] ?? "")),
        details: typeof details === "string" ? Buffer.from(details, "base64") : undefined,
        body: Buffer.concat(chunks),
      });
    });
    stream.end(body);
  });
}

/** The `google.rpc.Status` of a refusal, in either encoding. */
export function statusOf({ body, headers }: HttpReply): {
  readonly code: number;
  readonly message: string;
} {
  if (headers["content-type"] === "application/json")
    return JSON.parse(body.toString()) as { code: number; message: string };
  const { code, message } = google.rpc.Status.decode(body);
  return { code, message };
}
