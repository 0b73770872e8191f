/** Clients that send one request after another until they are refused: OTLP/HTTP plain and gzipped, and OTLP/gRPC. */
import { Client, credentials } from "@grpc/grpc-js";
import { Agent, request } from "node:http";
import { gzipSync } from "node:zlib";
import type { SeededRandom } from "../../seeded-random.js";
import { mixedRequest } from "./job-request.js";
import type { Ledger } from "./ledger.js";

export interface Sender {
  /** Whether it was acknowledged. Never rejects: a server that is killed under the request has not acknowledged it. */
  send(body: Buffer, signal?: Signal): Promise<boolean>;
  close(): void;
}

type Signal = "traces" | "logs";

const EXPORT: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

export function httpSender(endpoint: string, gzip: boolean): Sender {
  const agent = new Agent({ keepAlive: true });
  const headers = {
    "content-type": "application/x-protobuf",
    ...(gzip ? { "content-encoding": "gzip" } : {}),
  };
  return {
    send: (body, signal = "traces") =>
      new Promise((resolve) => {
        const options = { method: "POST", agent, headers };
        const sent = request(`${endpoint}/v1/${signal}`, options, (response) => {
          response.resume();
          response.once("error", () => resolve(false));
          response.once("close", () => resolve(response.complete && response.statusCode === 200));
        });
        sent.once("error", () => resolve(false));
        sent.end(gzip ? gzipSync(body) : body);
      }),
    close: () => agent.destroy(),
  };
}

export function grpcSender(endpoint: string): Sender {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure(), {
    // A channel of its own: clients to one address share a connection otherwise.
    "grpc.use_local_subchannel_pool": 1,
  });
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    send: (body, signal = "traces") =>
      new Promise((resolve) => {
        client.makeUnaryRequest(EXPORT[signal], same, same, body, (error) =>
          resolve(error === null),
        );
      }),
    close: () => client.close(),
  };
}

/** Four of each transport. */
export function eightSenders(endpoint: string): readonly Sender[] {
  return [false, false, true, true].flatMap((gzip) => [
    httpSender(endpoint, gzip),
    grpcSender(endpoint),
  ]);
}

/** Every sender sends until it is refused or `signal` says stop; resolves when the last has ended. */
export async function sendAll(
  senders: readonly Sender[],
  ledger: Ledger,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    senders.map(async (sender) => {
      while (!signal.aborted) {
        const { jid, body, logsOf } = mixedRequest(random);
        const job = ledger.sent(jid, body, logsOf);
        if (!(await sender.send(body, logsOf === undefined ? "traces" : "logs"))) break;
        ledger.acknowledged(job);
      }
      sender.close();
    }),
  );
}
