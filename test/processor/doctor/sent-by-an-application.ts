/** What an application sends that is set up right, in small; tests plant one mistake in it. */
import { createHash } from "node:crypto";
import { createIngest } from "../../../src/processor/ingest.js";
import type { Check } from "../../../src/jobscope/model/doctor/check.js";
import { checkReceived } from "../../../src/jobscope/model/doctor/received-checks.js";
import { durationNano, unixNano } from "../../../src/jobscope/model/time.js";
import { createMemoryStore, type MemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { receivedFacts } from "../../../src/processor/doctor/received-facts.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";

export const SECOND = 1_000_000_000n;
export const MS = 1_000_000n;
export const START = 1_772_529_242_000_000_000n;

export type Resource = Readonly<Record<string, string | number>>;

export const WEB: Resource = {
  "service.name": "shop-web",
  "process.pid": 11,
  "process.command": "puma",
  "telemetry.sdk.language": "ruby",
  "telemetry.sdk.version": "1.13.0",
};
export const WORKER: Resource = {
  ...WEB,
  "service.name": "shop",
  "process.pid": 12,
  "process.command": "sidekiq",
};

/** One request of one process. */
export interface Sent {
  readonly by: Resource;
  readonly spans: readonly SpanFacts[];
  /** Since START; a minute after it when nothing is said. */
  readonly receivedAfter?: bigint;
}

/** Ids as random as those of an SDK, and the same in every run. */
export function traceIdOf(seed: string): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, 32);
}

export function spanIdOf(seed: string): string {
  return traceIdOf(`span ${seed}`).slice(0, 16);
}

export function jidOf(n: number): string {
  return `c0ffee${String(n).padStart(18, "0")}`;
}

export interface JobFacts {
  readonly n: number;
  readonly at?: bigint;
  readonly jobClass?: string;
  readonly queue?: string;
}

export function push(job: JobFacts, more: Partial<SpanFacts> = {}): SpanFacts {
  const { n, at = START, jobClass = "MailJob", queue = "default" } = job;
  return {
    traceId: traceIdOf(`web ${n}`),
    spanId: spanIdOf(`push ${n}`),
    parentSpanId: spanIdOf(`request ${n}`),
    name: `${queue} publish`,
    kind: 4,
    start: at,
    end: at + MS,
    attributes: sidekiqAttributes(jidOf(n), jobClass, queue),
    ...more,
  };
}

export function request(job: JobFacts, more: Partial<SpanFacts> = {}): SpanFacts {
  const { n, at = START } = job;
  return {
    traceId: traceIdOf(`web ${n}`),
    spanId: spanIdOf(`request ${n}`),
    name: "POST /orders",
    kind: 2,
    start: at - MS,
    end: at + 5n * MS,
    scope: "Rack",
    attributes: { "http.method": "POST", "http.route": "/orders" },
    ...more,
  };
}

export function attempt(job: JobFacts, more: Partial<SpanFacts> = {}): SpanFacts {
  const { n, at = START, jobClass = "MailJob", queue = "default" } = job;
  return {
    traceId: traceIdOf(`job ${n}`),
    spanId: spanIdOf(`attempt ${n}`),
    name: `${queue} process`,
    kind: 5,
    start: at + 20n * MS,
    end: at + 60n * MS,
    attributes: sidekiqAttributes(jidOf(n), jobClass, queue),
    ...more,
  };
}

export function step(job: JobFacts, more: Partial<SpanFacts> = {}): SpanFacts {
  const { n, at = START } = job;
  return {
    traceId: traceIdOf(`job ${n}`),
    spanId: spanIdOf(`step ${n}`),
    parentSpanId: spanIdOf(`attempt ${n}`),
    name: "INSERT shop",
    kind: 3,
    start: at + 30n * MS,
    end: at + 32n * MS,
    scope: "PG",
    attributes: {
      "db.system": "postgresql",
      "db.operation": "INSERT",
      "db.statement": "INSERT INTO mails VALUES ($1)",
      "db.response.affected_rows": 1,
      "jobtrace.jid": jidOf(n),
    },
    ...more,
  };
}

export const JOBS: readonly JobFacts[] = [1, 2, 3].map((n) => ({
  n,
  at: START + BigInt(n) * SECOND,
}));

/** Three jobs, each pushed by a request and run, with one step. Nothing is to be changed. */
export function sentRight(): readonly Sent[] {
  return [
    { by: WEB, spans: JOBS.flatMap((job) => [request(job), push(job)]) },
    { by: WORKER, spans: JOBS.flatMap((job) => [attempt(job), step(job)]) },
  ];
}

export async function storeOf(sent: readonly Sent[]): Promise<MemoryStore> {
  const store = createMemoryStore();
  for (const { by, spans, receivedAfter = 60n * SECOND } of sent) {
    const raw = requestOf(spans, by);
    const ingest = createIngest(store.writer, () => unixNano(START + receivedAfter));
    const outcome = await ingest({ body: raw, codec: "identity", raw, format: "protobuf" });
    if (outcome.kind !== "accepted") throw new Error(`not accepted: ${outcome.reason}`);
  }
  return store;
}

export async function checksOf(sent: readonly Sent[]): Promise<readonly Check[]> {
  const { reader } = await storeOf(sent);
  return checkReceived(await receivedFacts(reader, { since: durationNano(600n * SECOND) }));
}
