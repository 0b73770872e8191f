/** Sends batches as fast as they are answered, a few at a time, and fails on the first that is not accepted. */
import { Client, credentials } from "@grpc/grpc-js";
import { Agent, request } from "node:http";

/** Requests under way at once: as from a handful of Sidekiq processes. */
const CONCURRENCY = 8;

export interface Sender {
  send(body: Buffer): Promise<void>;
  close(): void;
}

export function httpSender(port: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port, method: "POST", path: "/v1/traces", agent };
        const sent = request(
          { ...options, headers: { ...headers, "content-length": body.length } },
          (response) => {
            response.resume();
            response.on("end", () =>
              response.statusCode === 200
                ? resolve()
                : reject(new Error(`answered ${response.statusCode}`)),
            );
          },
        );
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

export function grpcSender(port: number): Sender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, same, same, body, (error) =>
          error === null ? resolve() : reject(error),
        );
      }),
    close: () => client.close(),
  };
}

/** Sends `count` of the bodies, over and over. */
export async function sendAll(
  sender: Sender,
  bodies: readonly Buffer[],
  count: number,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const body = bodies[next++ % bodies.length];
      if (body !== undefined) await sender.send(body);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
