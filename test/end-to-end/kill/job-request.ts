/** Requests of different sizes, each of one job of its own: its spans, or log lines. */
import { opentelemetry } from "../../../src/otlp/generated/otlp.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";
import type { SeededRandom } from "../../seeded-random.js";

const { ExportLogsServiceRequest } = opentelemetry.proto.collector.logs.v1;

/** Spans under the attempt: enough that some requests are worth compressing and some are not. */
const CHILDREN_MAX = 12;

const START = 1_795_000_000_000_000_000n;

export interface JobRequest {
  readonly jid: string;
  readonly body: Buffer;
  /** The trace of its log lines, by which they are found; undefined: it holds spans. */
  readonly logsOf?: string;
}

/** Every fourth one, by chance, holds log lines. */
export function mixedRequest(random: SeededRandom): JobRequest {
  return random.below(4) === 0 ? logRequest(random) : jobRequest(random);
}

/** Lines of one job's trace. */
function logRequest(random: SeededRandom): JobRequest {
  const jid = random.bytes(12).toString("hex");
  const traceId = random.bytes(16);
  const logRecords = Array.from({ length: 1 + random.below(CHILDREN_MAX) }, (_, at) => ({
    traceId,
    body: { stringValue: `line ${at} of jid=${jid}` },
  }));
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  const body = Buffer.from(ExportLogsServiceRequest.encode(request).finish());
  return { jid, body, logsOf: traceId.toString("hex") };
}

export function jobRequest(random: SeededRandom): JobRequest {
  const jid = random.bytes(12).toString("hex");
  const traceId = random.bytes(16).toString("hex");
  const rootId = random.bytes(8).toString("hex");
  const root: SpanFacts = {
    traceId,
    spanId: rootId,
    name: "default process",
    kind: 5,
    start: START,
    end: START + 5_000_000n,
    attributes: sidekiqAttributes(jid, "KilledJob"),
  };
  const children = Array.from({ length: random.below(CHILDREN_MAX) }, (_, at) => ({
    traceId,
    spanId: random.bytes(8).toString("hex"),
    parentSpanId: rootId,
    name: "SELECT",
    kind: 3,
    start: START + BigInt(at) * 1000n,
    end: START + BigInt(at) * 1000n + 500n,
    scope: "PG",
    attributes: { "db.system": "postgresql", "db.statement": "SELECT * FROM users WHERE id = $1" },
  }));
  return { jid, body: requestOf([root, ...children]) };
}
