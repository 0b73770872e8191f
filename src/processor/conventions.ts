/**
 * How the instrumentations name things: which attributes make a span a job's enqueue or attempt.
 *
 * This is the one place that knows these names. Written against opentelemetry-instrumentation-sidekiq
 * 0.5.0 to 0.29.0, opentelemetry-instrumentation-active_job up to 0.13.0, bullmq-otel 2.0.1, this package's own span
 * processor for Node, and the messaging semantic conventions before and after their 1.17 renaming (`messaging.message_id` became `messaging.message.id`,
 * `messaging.destination` became `messaging.destination.name`). The names of spans are not looked at,
 * because users configure them; but for the one that this package gives its own record.
 */

export interface Convention {
  /** "active_job" wraps another job system; "sidekiq" and the like run jobs themselves. */
  readonly library: "job_system" | "active_job";
  /** Instrumentation scopes that follow this convention, whatever their attributes say. */
  readonly scopes: readonly string[];
  /** Values of `messaging.system` that follow it when the scope is another one (a fork, another language). */
  readonly systems: readonly string[];
  /** An attribute that only its spans have, whatever scope the application chose; undefined: scope or system tell. */
  readonly mark?: string;
  /** Ids are counted anew in every queue, so the jid is `<queue>:<id>`. */
  readonly idsArePerQueue?: boolean;
  /** Attribute keys, the first that is present wins. */
  readonly jobId: readonly string[];
  /** The id that the wrapped job system gave: ActiveJob's provider job id, which is Sidekiq's jid. */
  readonly providerJobId: readonly string[];
  readonly jobClass: readonly string[];
  readonly queue: readonly string[];
}

const SYSTEM = "messaging.system";
const MESSAGE_ID = ["messaging.message_id", "messaging.message.id"];
const DESTINATION = ["messaging.destination", "messaging.destination.name"];

/** In order: a span follows the first convention that names its scope, else the first that names its system. */
export const CONVENTIONS: readonly Convention[] = [
  {
    library: "active_job",
    scopes: ["OpenTelemetry::Instrumentation::ActiveJob"],
    systems: ["active_job"],
    // Up to 0.6.1 ActiveJob's own id travelled under the name that Sidekiq uses for the jid.
    jobId: ["messaging.message.id", "messaging.message_id"],
    providerJobId: [
      "messaging.active_job.message.provider_job_id",
      "messaging.active_job.provider_job_id",
    ],
    jobClass: ["code.namespace"],
    queue: DESTINATION,
  },
  {
    library: "job_system",
    scopes: ["OpenTelemetry::Instrumentation::Sidekiq"],
    systems: ["sidekiq"],
    jobId: MESSAGE_ID,
    providerJobId: [],
    jobClass: ["messaging.sidekiq.job_class"],
    queue: DESTINATION,
  },
  {
    library: "job_system",
    scopes: ["OpenTelemetry::Instrumentation::DelayedJob"],
    systems: ["delayed_job"],
    jobId: MESSAGE_ID,
    providerJobId: [],
    jobClass: ["messaging.delayed_job.name"],
    queue: DESTINATION,
  },
  {
    library: "job_system",
    scopes: ["OpenTelemetry::Instrumentation::Que"],
    systems: ["que"],
    jobId: MESSAGE_ID,
    providerJobId: [],
    jobClass: ["messaging.que.job_class"],
    queue: DESTINATION,
  },
  {
    library: "job_system",
    scopes: [],
    systems: [],
    mark: "bullmq.job.id",
    idsArePerQueue: true,
    jobId: ["bullmq.job.id"],
    providerJobId: [],
    jobClass: ["bullmq.job.name"],
    queue: ["bullmq.queue.name"],
  },
  // What this package's span processor writes on the span of a run, whatever the consumer calls it.
  {
    library: "job_system",
    scopes: [],
    systems: [],
    mark: "jobtrace.class",
    jobId: ["jobtrace.jid"],
    providerJobId: [],
    jobClass: ["jobtrace.class"],
    queue: ["jobtrace.queue"],
  },
];

/** Set by a span processor on every span inside a job, so that no grouping is needed to know its owner. */
export const MEMBER_JOB_ID: readonly string[] = ["jobtrace.jid", "sidekiq.jid"];

/** What the record that an attempt has begun says of its job, and what tells it from any other span. */
export const START_CLASS: readonly string[] = ["jobtrace.class"];
export const START_QUEUE: readonly string[] = ["jobtrace.queue"];
export const START_RECORD: readonly string[] = ["jobtrace.record"];
export const START_NAME = "jobtrace.start";

/** Attributes of log records that name a job: a logger's own context, or what a log processor put there. */
export const LOG_JOB_ID: readonly string[] = ["jid", "ctx.jid", ...MEMBER_JOB_ID];

/** The batch of Sidekiq Pro that a job is of. No instrumentation is known to record it; applications do, under these. */
export const BATCH_ID: readonly string[] = ["jobtrace.bid", "sidekiq.bid", "bid"];

/** The adapter under ActiveJob; up to 0.6.1 it stood in `messaging.system`. */
export const ACTIVE_JOB_ADAPTER: readonly string[] = ["messaging.active_job.adapter.name", SYSTEM];

/** Every attribute key that classification reads: what the wire scan has to look out for. */
export const JOB_ATTRIBUTE_KEYS: readonly string[] = [
  ...new Set([
    SYSTEM,
    ...ACTIVE_JOB_ADAPTER,
    ...MEMBER_JOB_ID,
    ...START_CLASS,
    ...START_QUEUE,
    ...START_RECORD,
    ...CONVENTIONS.flatMap((convention) => [
      ...(convention.mark === undefined ? [] : [convention.mark]),
      ...convention.jobId,
      ...convention.providerJobId,
      ...convention.jobClass,
      ...convention.queue,
    ]),
  ]),
];

/** Where the text of a span's attributes comes from: the value of the first of `keys` that is present. */
export type AttributeText = (keys: readonly string[]) => string | undefined;

/** The convention a span follows, by its scope first: an old ActiveJob span calls its system "sidekiq". */
export function conventionOf(scopeName: string, text: AttributeText): Convention | undefined {
  return (
    BY_SCOPE.get(scopeName) ??
    BY_SYSTEM.get(text(SYSTEM_KEYS) ?? "") ??
    MARKED.find(({ mark }) => mark !== undefined && text([mark]) !== undefined)
  );
}

const SYSTEM_KEYS = [SYSTEM];
const BY_SCOPE = byName(({ scopes }) => scopes);
const BY_SYSTEM = byName(({ systems }) => systems);
const MARKED = CONVENTIONS.filter(({ mark }) => mark !== undefined);

/** Each name is in one convention. */
function byName(
  namesOf: (convention: Convention) => readonly string[],
): ReadonlyMap<string, Convention> {
  return new Map(
    CONVENTIONS.flatMap((convention) => namesOf(convention).map((name) => [name, convention])),
  );
}
