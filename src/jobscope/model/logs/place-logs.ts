/**
 * Which attempt a log line belongs to, and where in it.
 *
 * Inside a span of an attempt it is that attempt's. In the trace of an attempt, but in no span that is known, it is the
 * attempt's that was under way. A line that only names the job is no attempt's: Sidekiq writes its own before the
 * attempt's span begins and after it ended. Such a line is told from the attempt that it lies nearest to.
 */
import type { Ns } from "../document-units.js";
import type { Attempt } from "../job-document.js";
import type { AttemptTrace } from "../job-trace.js";
import type { LogLine } from "./log-line.js";

export interface LogPlace {
  /** null: no attempt's. */
  readonly attempt: number | null;
  readonly nearest: number | null;
  /** From the start of the attempt, or of the nearest; null: there is none, or the line has no time. */
  readonly offset: Ns | null;
}

export interface PlacedAttempt {
  readonly number: number;
  readonly start: bigint;
  /** undefined: it has no recorded end, so nothing lies behind it. */
  readonly end: bigint | undefined;
  /** Ids of its spans, and of their traces. */
  readonly spans: ReadonlySet<string>;
  readonly traces: ReadonlySet<string>;
}

/** `traces` and `attempts`: the same attempts, in the same order. */
export function placedAttempts(
  traces: readonly AttemptTrace[],
  attempts: readonly Attempt[],
): readonly PlacedAttempt[] {
  return attempts.map(({ number, started_at: start, finished_at: end }, at) => {
    const own = traces[at];
    const spans = [own?.root, own?.activeJob, ...(own?.spans ?? [])].filter(
      (span) => span !== undefined,
    );
    return {
      number,
      start: nanosOf(start),
      end: end === null ? undefined : nanosOf(end),
      spans: new Set(spans.map(({ traceId, spanId }) => traceId + spanId)),
      traces: new Set(spans.map(({ traceId }) => traceId)),
    };
  });
}

export function placeOf(line: LogLine, attempts: readonly PlacedAttempt[]): LogPlace {
  const time = line.time ?? line.observed;
  const own = ownAttempt(line, time, attempts);
  const nearest = own ?? nearestTo(time, attempts);
  return {
    attempt: own?.number ?? null,
    nearest: nearest?.number ?? null,
    offset: time === undefined || nearest === undefined ? null : Number(time - nearest.start),
  };
}

function ownAttempt(
  { tie, traceId, spanId }: LogLine,
  time: bigint | undefined,
  attempts: readonly PlacedAttempt[],
): PlacedAttempt | undefined {
  if (tie === "jid" || traceId === undefined) return undefined;
  const around = attempts.find(({ spans }) => spans.has(traceId + (spanId ?? "")));
  if (around !== undefined || time === undefined) return around;
  return attempts.find(
    ({ traces, start, end }) =>
      traces.has(traceId) && start <= time && (end === undefined || time <= end),
  );
}

function nearestTo(
  time: bigint | undefined,
  attempts: readonly PlacedAttempt[],
): PlacedAttempt | undefined {
  if (time === undefined) return attempts[0];
  let nearest: { readonly attempt: PlacedAttempt; readonly distance: bigint } | undefined;
  for (const attempt of attempts) {
    const distance = distanceTo(attempt, time);
    if (nearest === undefined || distance < nearest.distance) nearest = { attempt, distance };
  }
  return nearest?.attempt;
}

/** 0 inside of it. Of an attempt without an end the distance from its start is all there is. */
function distanceTo({ start, end = start }: PlacedAttempt, time: bigint): bigint {
  if (time < start) return start - time;
  return time > end ? time - end : 0n;
}

/** Of an RFC 3339 time in UTC with nine decimals. */
function nanosOf(instant: string): bigint {
  const seconds = BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) / 1_000n;
  return seconds * 1_000_000_000n + BigInt(instant.slice(20, 29));
}
