/** What the rest of the store says of a job: whether its workers live on, who its neighbours are, which runs may be its. */
import type { AttemptTrace } from "./job-trace.js";
import type { JobState } from "./job-document.js";
import type { Span } from "./span.js";
import type { DurationNano, UnixNano } from "./time.js";
import { NANOS_PER_SECOND, durationNano, unixNano } from "./time.js";

export interface Surroundings {
  /** Receipt of the newest batch of the store: what stands for "now". */
  readonly newest: UnixNano;
  /** Of attempts whose own span never came. */
  readonly signs: ReadonlyMap<AttemptTrace, readonly WorkerSign[]>;
  /** By jid. */
  readonly neighbours: ReadonlyMap<string, Neighbour>;
  /** Other jids of the same ActiveJob id, oldest first. */
  readonly siblings: readonly string[];
  readonly orphans: OrphanSearch;
}

/** What was received after an attempt went quiet, and says something of its worker. */
export type WorkerSign =
  /** The same service and host sent under another pid that had not been seen before. */
  | {
      readonly kind: "other_pid";
      readonly at: UnixNano;
      readonly host: string | undefined;
      readonly service: string | undefined;
      readonly pid: number;
      readonly spanId: string;
    }
  /** Its thread began another job. */
  | {
      readonly kind: "thread_moved_on";
      readonly at: UnixNano;
      readonly thread: string;
      readonly jid: string;
      readonly spanId: string;
    }
  /** Its process sent spans of something that began later. */
  | { readonly kind: "worker_sends"; readonly at: UnixNano }
  /** Somebody else sent: the collector was not simply off. By time of receipt. */
  | { readonly kind: "others_send"; readonly at: UnixNano };

/** Another job, as the index knows it. */
export interface Neighbour {
  readonly jid: string;
  readonly jobClass: string | undefined;
  readonly service: string | undefined;
  readonly state: JobState;
  readonly enqueuedAt: UnixNano | undefined;
  readonly startedAt: UnixNano | undefined;
  /** Of its first attempt. */
  readonly wait: DurationNano | undefined;
  readonly duration: DurationNano | undefined;
}

/** A trace of a worker in which a parent is missing and nothing names a job: a run whose own span never came. */
export interface OrphanTrace {
  readonly traceId: string;
  readonly spanCount: number;
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly missingParents: number;
  /** The span that ended last. */
  readonly last: Span;
  /** The job ran again later from the same push, so an earlier run of it was cut off. */
  readonly ranAgain: boolean;
}

export interface OrphanSearch {
  /** undefined: not looked for. */
  readonly batches: number | undefined;
  /** Whether everything since the push was looked at. */
  readonly isComplete: boolean;
  /** Oldest first. */
  readonly traces: readonly OrphanTrace[];
  readonly omitted: number;
}

export const NO_ORPHANS: OrphanSearch = {
  batches: undefined,
  isComplete: false,
  traces: [],
  omitted: 0,
};

export function noSurroundings(newest: UnixNano): Surroundings {
  return {
    newest: unixNano(newest),
    signs: new Map(),
    neighbours: new Map(),
    siblings: [],
    orphans: NO_ORPHANS,
  };
}

/** What may be set. */
export interface ReadingRules {
  /** An attempt of which nothing was received for so long is silent. */
  readonly orphanAfter: DurationNano;
  /** Attributes whose values tie a job to a request or a business transaction. */
  readonly correlationKeys: readonly string[];
}

export const DEFAULT_RULES: ReadingRules = {
  orphanAfter: durationNano(120n * NANOS_PER_SECOND),
  correlationKeys: [
    "correlation_id",
    "request_id",
    "http.request_id",
    "http.request.header.x_request_id",
  ],
};
