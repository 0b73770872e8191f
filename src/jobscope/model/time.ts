/**
 * Points in time and lengths of time, in nanoseconds.
 *
 * Both are bigint: a timestamp of this decade in nanoseconds needs 61 bits and a JS number is exact to
 * 53. They are separate types, so `between(start, end)` is the only way from one to the other and no one
 * can add two timestamps.
 */

declare const unit: unique symbol;

/** Nanoseconds since 1970-01-01T00:00:00Z, as OTLP's `start_time_unix_nano`. */
export type UnixNano = bigint & { readonly [unit]: "UnixNano" };

/** A length of time in nanoseconds. Negative when two hosts' clocks disagree. */
export type DurationNano = bigint & { readonly [unit]: "DurationNano" };

export const NANOS_PER_MS = 1_000_000n;
export const NANOS_PER_SECOND = 1_000_000_000n;

export function unixNano(nanos: bigint): UnixNano {
  return nanos as UnixNano;
}

export function durationNano(nanos: bigint): DurationNano {
  return nanos as DurationNano;
}

export function between(start: UnixNano, end: UnixNano): DurationNano {
  return (end - start) as DurationNano;
}

/** RFC 3339 in UTC with nine decimals: `2026-03-03T09:14:02.000000000Z`. */
export function formatInstant(time: UnixNano): string {
  const seconds = time / NANOS_PER_SECOND;
  const nanos = (time % NANOS_PER_SECOND).toString().padStart(9, "0");
  const date = new Date(Number(seconds) * 1000);
  // OTLP's fixed64 reaches the year 2554, well inside what Date can hold.
  return `${date.toISOString().slice(0, 19)}.${nanos}Z`;
}

/** The other way round, of a text that {@link formatInstant} made. */
export function parseInstant(instant: string): UnixNano {
  const seconds = Date.parse(`${instant.slice(0, 19)}Z`) / 1000;
  return unixNano(BigInt(seconds) * NANOS_PER_SECOND + BigInt(instant.slice(20, 29)));
}
