/** What a stretch of received spans says of its senders, counted once: all that the checks of `doctor` look at. */
import type { DurationNano, UnixNano } from "../time.js";

export type Role = "web" | "worker" | "client";

export interface ServiceFacts {
  /** undefined: its resource has no `service.name`. */
  readonly name: string | undefined;
  readonly spanCount: number;
  /** Of all its processes. */
  readonly roles: readonly Role[];
  /** No process of it is both. */
  readonly hasWebAndWorkerApart: boolean;
  /** A process of it was started as `sidekiq` and sends no span of a job. */
  readonly isSidekiqWithoutJobs: boolean;
  /** Of its instrumentations: "Rack", "PG". */
  readonly libraries: readonly string[];
  /** How far ahead of this machine its clock is at least. */
  readonly ahead: DurationNano;
}

/** Jobs of one class and queue that were pushed and, as far as spans tell, not started. */
export interface WaitingFacts {
  readonly jobClass: string;
  readonly queue: string;
  readonly count: number;
  /** From the oldest of them to the newest span. */
  readonly oldest: DurationNano;
  readonly isQueueServed: boolean;
}

export interface AttemptFacts {
  readonly count: number;
  /** With spans inside. */
  readonly withSteps: number;
  /** And each of those has the jid. */
  readonly stamped: number;
  /** Under the span of their push, as `propagation_style: :child` has it. */
  readonly child: number;
  /** Failed under :child, with no later attempt received. */
  readonly lastFailedChild: number;
}

/** A trace that a worker left without the span that would name its job. */
export interface OrphanTraceFacts {
  readonly traceId: string;
  readonly spanCount: number;
  readonly from: UnixNano;
  readonly to: UnixNano;
  readonly pid: string | undefined;
}

/** Sender pairs: who pushes and who runs, where they are two processes. */
export interface ClockFacts {
  /** Jobs whose push and first attempt came from two processes. */
  readonly jobs: number;
  /** The shortest time from push to start; below zero when a job starts before it is pushed. */
  readonly shortest: DurationNano;
  readonly pusher: string;
  readonly worker: string;
  readonly jid: string;
}

export interface SilentFork {
  readonly service: string | undefined;
  readonly pid: string;
  readonly parentPid: string;
  /** For so long its parent has been sending and it has not. */
  readonly silent: DurationNano;
}

export interface ReceivedFacts {
  readonly from: UnixNano | undefined;
  readonly to: UnixNano | undefined;
  readonly spanCount: number;
  readonly batchCount: number;
  readonly complete: boolean;
  readonly services: readonly ServiceFacts[];
  /** Distinct jids. */
  readonly jobCount: number;
  /** Jobs known by their ActiveJob id only, and the adapter; by adapter. */
  readonly activeJobOnly: ReadonlyMap<string, number>;
  readonly attempts: AttemptFacts;
  readonly pushCount: number;
  readonly pushers: readonly string[];
  readonly waiting: readonly WaitingFacts[];
  /** Written to the schedule to run later, and not started. */
  readonly scheduledWaiting: number;
  /** Whether all pushes were looked up. */
  readonly waitingComplete: boolean;
  readonly rows: { readonly statements: number; readonly withRows: number };
  readonly lostFirst: { readonly jobs: number; readonly largest: number };
  readonly orphans: readonly OrphanTraceFacts[];
  readonly clocks: ClockFacts | undefined;
  readonly sampling: {
    /** Traces that begin in this stretch. */
    readonly traces: number;
    /** The part of all possible ids that those lie in, from the lowest: ratio samplers keep those. */
    readonly idShare: number;
    /** First attempts of jobs, with the push they link to; and those whose push says that it is not sent. */
    readonly linked: number;
    readonly unsampled: number;
    readonly recordedRatio: string | undefined;
  };
  readonly withoutJobId: { readonly count: number; readonly attributes: readonly string[] };
  readonly sdkVersions: readonly string[];
  readonly sidekiqGems: readonly string[];
  readonly silentForks: readonly SilentFork[];
  /** Spans that no rule recognises, by instrumentation. */
  readonly unrecognised: ReadonlyMap<string, number>;
}
