/** Spans as the Sidekiq and ActiveJob instrumentations send them, for cases that no recording has. Times in milliseconds. */
import { sidekiqAttributes, type SpanFacts } from "../otlp-request.js";

/** 3 March 2026, 09:00 UTC. */
const START = 1_772_528_400_000_000_000n;

export function at(ms: number): bigint {
  return START + BigInt(Math.round(ms * 1_000_000));
}

export const WORKER = { "service.name": "shop-worker", "process.pid": 812 };
export const WEB = { "service.name": "shop-web", "process.pid": 99 };

/** 32 hex digits that begin with `tag`. */
export function traceIdOf(tag: string): string {
  return tag.padEnd(32, "0");
}

export function spanIdOf(tag: string): string {
  return tag.padEnd(16, "0");
}

export function jidOf(tag: string): string {
  return tag.padEnd(24, "0");
}

interface Place {
  readonly trace: string;
  readonly span: string;
  readonly parent?: string;
}

interface Times {
  readonly from: number;
  readonly to: number;
}

function placed({ trace, span, parent }: Place, { from, to }: Times) {
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(span),
    ...(parent === undefined ? {} : { parentSpanId: spanIdOf(parent) }),
    start: at(from),
    end: at(to),
  };
}

export function push(jid: string, place: Place, from: number, jobClass = "ShipJob"): SpanFacts {
  return {
    ...placed(place, { from, to: from + 0.1 }),
    name: "default publish",
    kind: 4,
    attributes: sidekiqAttributes(jid, jobClass),
    events: [{ name: "created_at", time: at(from) }],
  };
}

export interface AttemptOptions extends Times {
  readonly enqueued?: number;
  readonly created?: number;
  readonly error?: string;
  readonly jobClass?: string;
  readonly scopeVersion?: string;
  readonly link?: { readonly trace: string; readonly span: string; readonly flags: number };
}

export function attempt(jid: string, place: Place, options: AttemptOptions): SpanFacts {
  const { error, jobClass = "ShipJob", scopeVersion, link } = options;
  const { enqueued = options.from - 1, created = enqueued } = options;
  return {
    ...placed(place, options),
    name: "default process",
    kind: 5,
    attributes: { ...sidekiqAttributes(jid, jobClass), "messaging.operation": "process" },
    events: [
      { name: "created_at", time: at(created) },
      { name: "enqueued_at", time: at(enqueued) },
    ],
    ...(scopeVersion === undefined ? {} : { scopeVersion }),
    ...(error === undefined ? {} : { error: { type: error, message: "it broke" } }),
    ...(link === undefined
      ? {}
      : {
          links: [
            { traceId: traceIdOf(link.trace), spanId: spanIdOf(link.span), flags: link.flags },
          ],
        }),
  };
}

export function sql(place: Place, times: Times, statement: string): SpanFacts {
  return {
    ...placed(place, times),
    name: `${statement.split(" ", 1)[0]} shop`,
    kind: 3,
    scope: "PG",
    attributes: { "db.system": "postgresql", "db.name": "shop", "db.statement": statement },
  };
}

export function redis(place: Place, times: Times, statement: string): SpanFacts {
  return {
    ...placed(place, times),
    name: statement.split(" ", 1)[0] ?? "",
    kind: 3,
    scope: "Redis",
    attributes: { "db.system": "redis", "db.statement": statement },
  };
}

export function request(place: Place, times: Times, name = "POST /orders"): SpanFacts {
  return {
    ...placed(place, times),
    name,
    kind: 2,
    scope: "Rack",
    attributes: { "http.method": "POST" },
  };
}
