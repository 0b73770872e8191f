/** What receiving costs: spans per second of server CPU, durably acknowledged, beside servers that only answer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { grpcSender, httpSender, type Sender, sendAll } from "./load.js";
import type { createBatchMaker } from "./recorded-batch.js";
import { type ServerProcess, startBare, startJobtrace } from "./server-process.js";
import { printTable, thousands } from "./table.js";

/** Distinct bodies; they are made before the clock starts. */
const BODIES = 64;
const WARM_UP = 100;

interface Figure {
  readonly name: string;
  readonly spansPerCpuSecond: number;
  readonly spansPerSecond: number;
}

export async function benchIngest(
  makeBatch: ReturnType<typeof createBatchMaker>,
  requests: number,
): Promise<void> {
  const batches = Array.from({ length: BODIES }, makeBatch);
  const spans = batches[0]?.spanCount ?? 0;
  const plain = batches.map(({ raw }) => raw);
  const gzipped = plain.map((raw) => gzipSync(raw));
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-bench-"));
  try {
    const figures = [
      await measure(
        "node:http, inflates and answers",
        await startBare("http"),
        httpSender,
        gzipped,
        requests,
        spans,
      ),
      await measure(
        "jobtrace OTLP/HTTP + gzip, durable",
        await startJobtrace(join(folder, "http")),
        httpSender,
        gzipped,
        requests,
        spans,
      ),
      await measure(
        "grpc-js, answers",
        await startBare("grpc"),
        grpcSender,
        plain,
        requests,
        spans,
      ),
      await measure(
        "jobtrace OTLP/gRPC, durable",
        await startJobtrace(join(folder, "grpc")),
        grpcSender,
        plain,
        requests,
        spans,
      ),
    ];
    const [bareHttp, http, bareGrpc, grpc] = figures;
    const ratio = (figure: Figure): string => {
      const floor = figure === http ? bareHttp : figure === grpc ? bareGrpc : undefined;
      return floor === undefined
        ? ""
        : `${(floor.spansPerCpuSecond / figure.spansPerCpuSecond).toFixed(2)} x`;
    };
    printTable(
      `Ingest: ${thousands(requests)} batches of ${spans} spans, each acknowledged after fdatasync`,
      [
        ["", "spans/s per core-second", "spans/s", "CPU against the bare server"],
        ...figures.map((figure) => [
          figure.name,
          thousands(figure.spansPerCpuSecond),
          thousands(figure.spansPerSecond),
          ratio(figure),
        ]),
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  name: string,
  server: ServerProcess,
  connect: (port: number) => Sender,
  bodies: readonly Buffer[],
  requests: number,
  spans: number,
): Promise<Figure> {
  const sender = connect(server.port);
  try {
    await sendAll(sender, bodies, WARM_UP);
    const cpu = server.cpuSeconds();
    const started = performance.now();
    await sendAll(sender, bodies, requests);
    const seconds = (performance.now() - started) / 1000;
    const total = requests * spans;
    return {
      name,
      spansPerCpuSecond: total / (server.cpuSeconds() - cpu),
      spansPerSecond: total / seconds,
    };
  } finally {
    sender.close();
    await server.stop();
  }
}
