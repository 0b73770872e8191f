/**
 * Which job a consumer span is of, by its attributes.
 *
 * BullMQ's own telemetry (bullmq-otel) puts `bullmq.job.id`, `bullmq.queue.name` and `bullmq.job.name` on it; other
 * consumers use the messaging semantic conventions. BullMQ counts its ids from 1 in every queue, so there the jid is
 * `<queue>:<id>`.
 */
import type { Attributes } from "@opentelemetry/api";

export interface JobFacts {
  /** The job's id, different from every other job's: put on each span of the job. */
  readonly jid: string;
  /** What kind of job it is: a class or a job name. */
  readonly jobClass?: string | undefined;
  readonly queue?: string | undefined;
}

/** undefined: the span is of no job, or its job's id is not there yet. */
export type JobOf = (attributes: Attributes) => JobFacts | undefined;

export const jobOf: JobOf = (attributes) => bullMq(attributes) ?? messaging(attributes);

function bullMq(attributes: Attributes): JobFacts | undefined {
  const id = text(attributes, "bullmq.job.id");
  const queue = text(attributes, "bullmq.queue.name");
  if (id === undefined || queue === undefined) return undefined;
  return { jid: `${queue}:${id}`, jobClass: text(attributes, "bullmq.job.name"), queue };
}

/** OpenTelemetry semantic conventions for messaging spans; the names before 1.17 as well. */
function messaging(attributes: Attributes): JobFacts | undefined {
  const jid = text(attributes, "messaging.message.id", "messaging.message_id");
  if (jid === undefined) return undefined;
  return {
    jid,
    jobClass: text(attributes, "code.namespace", "messaging.operation.name"),
    queue: text(attributes, "messaging.destination.name", "messaging.destination"),
  };
}

function text(attributes: Attributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}
