/**
 * What one span is to a job: its enqueue, an attempt, or neither.
 *
 * Works on anything that can tell a span's kind, scope and a few attributes, so that the wire scan (while
 * receiving) and a decoded span (while reading) are classified by the same rules. Both sides of a job are
 * joined by the jid alone: a link may lead to a span that was never exported, and one trace may hold many jobs.
 */
import {
  ACTIVE_JOB_ADAPTER,
  conventionOf,
  MEMBER_JOB_ID,
  START_CLASS,
  START_NAME,
  START_QUEUE,
  START_RECORD,
} from "./conventions.js";

/** The little that classification needs to know of a span. */
export interface SpanFacts {
  readonly kind: "producer" | "consumer" | "other";
  readonly isRoot: boolean;
  /** Whether any attribute that classification reads is there at all: most spans of a job have none. */
  readonly hasAttributes: boolean;
  readonly scopeName: string;
  readonly name: string;
  /** The value of the first of `keys` that is present, integers as text. */
  text(keys: readonly string[]): string | undefined;
}

export type JobSpan =
  /** One push of `jid`, by the job system's own client. */
  | {
      readonly role: "enqueue";
      readonly jid: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** One run of `jid`, by the job system's own server. */
  | {
      readonly role: "attempt";
      readonly jid: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** ActiveJob's part of a run of `jid`. */
  | {
      readonly role: "active_job_attempt";
      readonly jid: string;
      readonly activeJobId: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** ActiveJob's part of a push. It cannot name the jid: on a first push there is none, on a retry it is the old one. */
  | {
      readonly role: "active_job_enqueue";
      readonly activeJobId: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** Inside a job, by a stamp that names it. */
  | { readonly role: "member"; readonly jid: string }
  /** The record that an attempt has begun; what it says of the job stands in for the attempt's own span. */
  | {
      readonly role: "start";
      readonly jid: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** A root span with the stamp: it is the job system's work around the job, not inside an attempt. */
  | { readonly role: "outside"; readonly jid: string };

/** undefined: the span is of no job, as far as it says itself. */
export function jobSpanOf(facts: SpanFacts): JobSpan | undefined {
  if (!facts.hasAttributes) return undefined;
  const named = facts.kind === "other" ? undefined : jobSystemSpan(facts);
  if (named !== undefined) return named;
  const jid = stampOf(facts);
  if (jid === undefined) return undefined;
  const jobClass = facts.kind === "other" ? facts.text(START_CLASS) : undefined;
  if (jobClass !== undefined && isStart(facts))
    return { role: "start", jid, jobClass, queue: facts.text(START_QUEUE) ?? "" };
  return { role: facts.isRoot ? "outside" : "member", jid };
}

/** The root span of an attempt has the class as well, and may be of a kind that names no job. */
function isStart(facts: SpanFacts): boolean {
  return facts.name === START_NAME || facts.text(START_RECORD) === "start";
}

/** The jid that a span processor put on a span inside a job. */
export function stampOf(facts: SpanFacts): string | undefined {
  const jid = facts.hasAttributes ? facts.text(MEMBER_JOB_ID) : undefined;
  return jid === "" ? undefined : jid;
}

function jobSystemSpan(facts: SpanFacts): JobSpan | undefined {
  const convention = conventionOf(facts.scopeName, (keys) => facts.text(keys));
  if (convention === undefined) return undefined;
  const own = facts.text(convention.jobId);
  if (own === undefined || own === "") return undefined;

  const jobClass = facts.text(convention.jobClass) ?? classFromName(facts.name);
  const queue = facts.text(convention.queue) ?? "";
  const id = convention.idsArePerQueue === true ? `${queue}:${own}` : own;
  if (convention.library === "job_system") {
    return { role: facts.kind === "producer" ? "enqueue" : "attempt", jid: id, jobClass, queue };
  }
  return activeJobSpan(facts, id, facts.text(convention.providerJobId), jobClass, queue);
}

/** Before 0.13.0 the Sidekiq instrumentation had no class attribute and named the span after the class. */
function classFromName(name: string): string {
  return /^[A-Z][\w:]*$/.test(name) ? name : "";
}

function activeJobSpan(
  facts: SpanFacts,
  activeJobId: string,
  providerJobId: string | undefined,
  jobClass: string,
  queue: string,
): JobSpan {
  const underSidekiq = facts.text(ACTIVE_JOB_ADAPTER) === "sidekiq";
  if (facts.kind === "producer") {
    // Under another adapter nothing else records the push, so this is it.
    return underSidekiq
      ? { role: "active_job_enqueue", activeJobId, jobClass, queue }
      : { role: "enqueue", jid: activeJobId, jobClass, queue };
  }
  if (!underSidekiq) return { role: "attempt", jid: activeJobId, jobClass, queue };
  // Versions before 0.5.0 do not tell the jid: the run is then known by its ActiveJob id only.
  return {
    role: "active_job_attempt",
    jid: providerJobId ?? activeJobId,
    activeJobId,
    jobClass,
    queue,
  };
}
