/** What receiving costs: spans per second of server CPU, durably acknowledged, beside servers that only answer. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { atMost, type Figure } from "./figure.js";
import { grpcSender, httpSender, type Sender, sendAll } from "./load.js";
import type { BatchMaker } from "./recorded-batch.js";
import { type ServerProcess, startBare, startJobtrace } from "./server-process.js";
import { printTable, thousands } from "./table.js";

/** Distinct bodies; they are made before the clock starts. */
const BODIES = 64;
/** Requests until the engine has compiled what it is going to. */
const WARM_UP = 1000;

const SPANS_PER_CORE_SECOND_MIN = 200_000;
const RATIO_MAX = 1.6;

/** One server and what it is sent. */
interface Contender {
  readonly name: string;
  readonly start: () => Promise<ServerProcess>;
  readonly connect: (port: number) => Sender;
  readonly bodies: readonly Buffer[];
  /** The name of the server that it is compared with. */
  readonly against?: string;
}

interface Cost {
  readonly spansPerCpuSecond: number;
  readonly spansPerSecond: number;
}

export async function benchIngest(
  folder: string,
  makeBatch: BatchMaker,
  requests: number,
): Promise<readonly Figure[]> {
  const batches = Array.from({ length: BODIES }, makeBatch);
  const spans = batches[0]?.spanCount ?? 0;
  const costs = new Map<string, Cost>();
  const contenders = contendersFor(
    folder,
    batches.map(({ raw }) => raw),
  );
  for (const contender of contenders)
    costs.set(contender.name, await measure(contender, requests, spans));

  const ratioOf = ({ name, against }: Contender): number | undefined => {
    const own = costs.get(name)?.spansPerCpuSecond;
    const floor = costs.get(against ?? "")?.spansPerCpuSecond;
    return own === undefined || floor === undefined ? undefined : floor / own;
  };
  printTable(
    `Ingest: ${thousands(requests)} batches of ${spans} spans, each acknowledged after fdatasync`,
    [
      ["", "spans/s per core-second", "spans/s", "CPU against the bare server"],
      ...contenders.map((contender) => {
        const cost = costs.get(contender.name);
        const ratio = ratioOf(contender);
        return [
          contender.name,
          thousands(cost?.spansPerCpuSecond ?? 0),
          thousands(cost?.spansPerSecond ?? 0),
          ratio === undefined ? "" : `${ratio.toFixed(2)} x`,
        ];
      }),
    ],
  );
  const http = costs.get(HTTP)?.spansPerCpuSecond ?? 0;
  return [
    {
      what: "HTTP + gzip, durable, spans/s per core-second",
      measured: thousands(http),
      bar: `≥ ${thousands(SPANS_PER_CORE_SECOND_MIN)}`,
      isMet: http >= SPANS_PER_CORE_SECOND_MIN,
    },
    ...contenders.flatMap((contender) => {
      const ratio = ratioOf(contender);
      const what = `${contender.name}, CPU against ${contender.against}`;
      return ratio === undefined ? [] : [atMost(what, ratio, RATIO_MAX, "x", 2)];
    }),
  ];
}

const BARE_HTTP = "node:http, inflates and answers";
const HTTP = "jobtrace OTLP/HTTP + gzip, durable";
const BARE_GRPC = "grpc-js, answers";
const GRPC = "jobtrace OTLP/gRPC, durable";

/** Compressing closed segments is measured on its own (disk-use.ts): it happens later, and at most once. */
function contendersFor(folder: string, plain: readonly Buffer[]): readonly Contender[] {
  const gzipped = plain.map((raw) => gzipSync(raw));
  const jobtrace = (name: string) => () => startJobtrace(join(folder, name), ["--compress=none"]);
  const http = { connect: httpSender, bodies: gzipped };
  const grpc = { connect: grpcSender, bodies: plain };
  return [
    { name: BARE_HTTP, start: () => startBare("http"), ...http },
    { name: HTTP, start: jobtrace("http"), ...http, against: BARE_HTTP },
    { name: BARE_GRPC, start: () => startBare("grpc"), ...grpc },
    { name: GRPC, start: jobtrace("grpc"), ...grpc, against: BARE_GRPC },
  ];
}

async function measure(
  { start, connect, bodies }: Contender,
  requests: number,
  spans: number,
): Promise<Cost> {
  const server = await start();
  const sender = connect(server.port);
  try {
    await sendAll(sender, bodies, WARM_UP);
    const cpu = server.cpuSeconds();
    const started = performance.now();
    await sendAll(sender, bodies, requests);
    const seconds = (performance.now() - started) / 1000;
    const total = requests * spans;
    return {
      spansPerCpuSecond: total / (server.cpuSeconds() - cpu),
      spansPerSecond: total / seconds,
    };
  } finally {
    sender.close();
    await server.stop();
  }
}
