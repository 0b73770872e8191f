/** Units of the document: text for points in time, numbers for lengths of it. */

export type Instant = string;

export type Ns = number;

/** Of jobs' times, by nearest rank. */
export interface Percentiles {
  readonly jobs: number;
  readonly p50_ns: Ns;
  readonly p95_ns: Ns;
}
