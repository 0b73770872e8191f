/** Spans of jobs as the Ruby instrumentations record them, for jobs that are made up to show one case. Times in milliseconds. */
import { requestOf, sidekiqAttributes, type SpanFacts } from "../otlp-request.js";

export interface Mockup {
  readonly jid: string;
  /** Requests, in the order they are received. */
  readonly bodies: readonly Buffer[];
}

export type Values = Readonly<Record<string, string | number>>;

/** 2026-03-03 00:00:00 UTC. */
const MIDNIGHT = 1_772_496_000_000_000_000n;

/** `09:14:02.000` of one day. */
export function clock(text: string): bigint {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return MIDNIGHT + nanos(((hours * 60 + minutes) * 60 + seconds) * 1000);
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000_000));
}

export interface AttemptFacts {
  readonly jid: string;
  readonly jobClass: string;
  /** Tells the ids of one attempt from those of others. 4 hex digits. */
  readonly tag: string;
  readonly start: bigint;
  readonly queue?: string;
}

type SpanRest = Partial<Pick<SpanFacts, "attributes" | "error" | "events" | "parentSpanId">>;

type MakeSpan<Args extends readonly unknown[]> = (
  from: number,
  took: number,
  ...args: Args
) => SpanFacts;

export interface AttemptSpans {
  readonly traceId: string;
  readonly rootId: string;
  readonly at: (ms: number) => bigint;
  /** The job's own span. `enqueued`: the time of its `enqueued_at`. */
  readonly root: (took: number, rest?: SpanRest & { readonly enqueued?: bigint }) => SpanFacts;
  readonly sql: MakeSpan<[statement: string, rest?: SpanRest]>;
  readonly http: MakeSpan<[method: string, url: string, rest?: SpanRest]>;
  readonly redis: MakeSpan<[statement: string, rest?: SpanRest]>;
  readonly push: MakeSpan<[jid: string, jobClass: string]>;
  readonly other: MakeSpan<[scope: string, name: string, rest?: SpanRest]>;
}

export function attemptSpans({ jid, jobClass, tag, start, queue }: AttemptFacts): AttemptSpans {
  const traceId = tag.padStart(32, "0af7651916cd43dd8448eb211c80319c");
  const rootId = `${tag}000000000000`;
  let count = 0;
  const at = (ms: number): bigint => start + nanos(ms);
  const make = (
    from: number,
    took: number,
    rest: Omit<SpanFacts, "traceId" | "spanId" | "start" | "end">,
  ): SpanFacts => ({
    traceId,
    spanId: `${tag}${(++count).toString(16).padStart(12, "0")}`,
    parentSpanId: rootId,
    start: at(from),
    end: at(from + took),
    ...rest,
  });
  return {
    traceId,
    rootId,
    at,
    root: (took, { enqueued, ...rest } = {}) => ({
      traceId,
      spanId: rootId,
      name: `${queue ?? "default"} process`,
      kind: 5,
      start,
      end: at(took),
      ...rest,
      attributes: {
        ...sidekiqAttributes(jid, jobClass, queue),
        "messaging.operation": "process",
        ...rest.attributes,
      },
      events: enqueued === undefined ? [] : [{ name: "enqueued_at", time: enqueued }],
    }),
    sql: (from, took, statement, rest = {}) =>
      make(from, took, {
        name: `${statement.split(" ", 1)[0] ?? ""} shop`,
        kind: 3,
        scope: "PG",
        ...rest,
        attributes: {
          "db.system": "postgresql",
          "db.name": "shop",
          "db.statement": statement,
          ...rest.attributes,
        },
      }),
    http: (from, took, method, text, rest = {}) => {
      const url = new URL(text);
      return make(from, took, {
        name: method,
        kind: 3,
        scope: "Net::HTTP",
        ...rest,
        attributes: {
          "http.request.method": method,
          "url.scheme": url.protocol.slice(0, -1),
          "server.address": url.hostname,
          "server.port": 443,
          "url.path": url.pathname,
          ...rest.attributes,
        },
      });
    },
    redis: (from, took, statement, rest = {}) =>
      make(from, took, {
        name: statement.includes("\n") ? "PIPELINED" : (statement.split(" ", 1)[0] ?? ""),
        kind: 3,
        scope: "Redis",
        ...rest,
        attributes: { "db.system": "redis", "db.statement": statement },
      }),
    push: (from, took, childJid, childClass) =>
      make(from, took, {
        name: "default publish",
        kind: 4,
        attributes: sidekiqAttributes(childJid, childClass),
      }),
    other: (from, took, scope, name, rest = {}) =>
      make(from, took, { name, kind: 1, scope, ...rest }),
  };
}

export const rows = (count: number): SpanRest => ({
  attributes: { "db.response.affected_rows": count },
});
export const returned = (count: number): SpanRest => ({
  attributes: { "db.response.returned_rows": count },
});
export const status = (code: number): SpanRest => ({
  attributes: { "http.response.status_code": code },
});

/** A process of Sidekiq that sends the facts of the second level: host, thread, retries. */
export function workerRequest(
  spans: readonly SpanFacts[],
  { host, pid, thread }: { readonly host: string; readonly pid: number; readonly thread: string },
): Buffer {
  return requestOf(
    spans.map((span) => ({
      ...span,
      attributes: { ...span.attributes, "jobtrace.thread": thread },
    })),
    { "service.name": "shop-worker", "host.name": host, "process.pid": pid },
  );
}

export function webRequest(spans: readonly SpanFacts[]): Buffer {
  return requestOf(spans, { "service.name": "shop-web", "host.name": "web-1", "process.pid": 77 });
}

/** A request that pushes jobs, as Rack's instrumentation and Sidekiq's client record it. */
export function webRequestSpans(options: {
  readonly tag: string;
  readonly name: string;
  readonly start: bigint;
  readonly took: number;
  readonly pushes: readonly {
    readonly at: number;
    readonly jid: string;
    readonly jobClass: string;
  }[];
  readonly attributes?: Values;
}): readonly SpanFacts[] {
  const { tag, name, start, took, pushes, attributes = {} } = options;
  const traceId = tag.padStart(32, "4bf92f3577b34da6a3ce929d0e0e4736");
  const spanId = `${tag}000000000000`;
  return [
    {
      traceId,
      spanId,
      name,
      kind: 2,
      start,
      end: start + nanos(took),
      scope: "Rack",
      attributes: { "http.request.method": name.split(" ", 1)[0] ?? "", ...attributes },
    },
    ...pushes.map(
      (push, index): SpanFacts => ({
        traceId,
        spanId: `${tag}${(index + 1).toString(16).padStart(12, "0")}`,
        parentSpanId: spanId,
        name: "default publish",
        kind: 4,
        start: start + nanos(push.at),
        end: start + nanos(push.at + 0.1),
        attributes: sidekiqAttributes(push.jid, push.jobClass),
      }),
    ),
  ];
}
