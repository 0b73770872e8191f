/** What the checks of a set-up need of one received span: small, so that many can be held at once. */
import { errorClassOf } from "../../jobscope/model/errors/error-info.js";
import type { Attributes, Span } from "../../jobscope/model/span.js";
import { textAttribute } from "../../jobscope/model/span.js";
import type { UnixNano } from "../../jobscope/model/time.js";
import { hasWrongEnqueuedAt } from "../../jobscope/model/doctor/versions.js";
import { conventionOf } from "../conventions.js";
import { wasScheduled } from "../push-target.js";
import type { ScannedNode } from "../scanned-nodes.js";

/** One process that sends, as its resource tells. */
export interface SenderFacts {
  readonly service: string | undefined;
  readonly pid: string | undefined;
  readonly parentPid: string | undefined;
  readonly command: string | undefined;
  readonly sdkVersion: string | undefined;
}

export interface SeenSpan {
  readonly node: ScannedNode;
  readonly sender: SenderFacts;
  readonly receivedAt: UnixNano;
  /** Without `OpenTelemetry::Instrumentation::`. */
  readonly library: string;
  readonly libraryVersion: string;
  /** A Redis command that puts a job into the schedule (true) or onto a queue (false). */
  readonly schedules: boolean | undefined;
  /** A statement to PostgreSQL; whether its rows were counted. */
  readonly pgRows: boolean | undefined;
  /** Set on what a job system sends without an id: the names of its attributes. */
  readonly namelessKeys: readonly string[] | undefined;
  readonly isRecognised: boolean;
  /** "" : it ended in no error. */
  readonly errorClass: string;
  /** Of an attempt: whether the push it links to was sampled; undefined: it does not say, or it was pushed again since. */
  readonly linkSampled: boolean | undefined;
  /** The adapter under an ActiveJob job that no job system names. */
  readonly activeJobAdapter: string | undefined;
  readonly ratio: string | undefined;
}

export function senderFactsOf(resource: Attributes): SenderFacts {
  return {
    service: textAttribute(resource, "service.name"),
    pid: textAttribute(resource, "process.pid"),
    parentPid: textAttribute(resource, "process.parent_pid"),
    command: textAttribute(resource, "process.command", "process.command_line"),
    sdkVersion:
      textAttribute(resource, "telemetry.sdk.language") === "ruby"
        ? textAttribute(resource, "telemetry.sdk.version")
        : undefined,
  };
}

const PREFIX = "OpenTelemetry::Instrumentation::";

export function seenSpanOf(
  node: ScannedNode,
  span: Span,
  sender: SenderFacts,
  receivedAt: UnixNano,
): SeenSpan {
  const { attributes, scope } = span;
  return {
    node,
    sender,
    receivedAt,
    library: scope.name.startsWith(PREFIX) ? scope.name.slice(PREFIX.length) : scope.name,
    libraryVersion: scope.version,
    schedules: wasScheduled([span]),
    pgRows: pgRowsOf(span),
    namelessKeys: namelessKeysOf(span, node),
    isRecognised: isRecognised(span, node),
    errorClass: span.status.code === "error" ? errorClassOf(span) || "error" : "",
    linkSampled: node.job?.role === "attempt" ? linkSampledOf(span) : undefined,
    activeJobAdapter: adapterOf(span, node),
    ratio: textAttribute(attributes, "sampler.param"),
  };
}

/** The gem counts the rows of what it runs; what it only opens or prepares has none. */
function pgRowsOf({ scope, attributes }: Span): boolean | undefined {
  if (scope.name !== `${PREFIX}PG`) return undefined;
  const operation = textAttribute(attributes, "db.operation", "db.operation.name") ?? "";
  if (!/^(SELECT|INSERT|UPDATE|DELETE)$/i.test(operation)) return undefined;
  return attributes.has("db.response.affected_rows") || attributes.has("db.response.returned_rows");
}

function namelessKeysOf(span: Span, node: ScannedNode): readonly string[] | undefined {
  if (node.job !== undefined || (span.kind !== "producer" && span.kind !== "consumer"))
    return undefined;
  const convention = conventionOf(span.scope.name, (keys) =>
    textAttribute(span.attributes, ...keys),
  );
  return convention?.systems.includes("sidekiq") === true ? [...span.attributes.keys()] : undefined;
}

const KNOWN_PREFIX = /^(db|http|url|messaging|rpc|faas|graphql|code|view|server|net)\./;

function isRecognised({ kind, scope, attributes }: Span, { job, stamp }: ScannedNode): boolean {
  if (job !== undefined || stamp !== undefined || scope.name.startsWith(PREFIX)) return true;
  if (kind !== "internal" && kind !== "unspecified") return true;
  return [...attributes.keys()].some((key) => KNOWN_PREFIX.test(key));
}

/** OTLP link flags: bit 8 says that bit 9, remote, is known, which only senders write that know bit 0 as well. */
const FLAGS_KNOWN = 0x100;
const SAMPLED = 0x1;
/** The write to Redis that puts a scheduled job on its queue changes its second date. */
const SAME_PUSH = 1_000_000_000n;

function linkSampledOf({ links, events, scope }: Span): boolean | undefined {
  const [link] = links;
  if (link === undefined || (link.flags & FLAGS_KNOWN) === 0) return undefined;
  if (hasWrongEnqueuedAt(scope.version)) return undefined;
  const created = events.find(({ name }) => name === "created_at")?.time;
  const enqueued = events.find(({ name }) => name === "enqueued_at")?.time;
  // A job that was scheduled or retried links to a push that is never sent, whatever the sampler.
  if (created === undefined || enqueued === undefined || enqueued - created > SAME_PUSH)
    return undefined;
  return (link.flags & SAMPLED) !== 0;
}

function adapterOf({ scope, attributes }: Span, { job }: ScannedNode): string | undefined {
  if (job?.role !== "attempt" && job?.role !== "active_job_attempt") return undefined;
  const convention = conventionOf(scope.name, (keys) => textAttribute(attributes, ...keys));
  if (convention?.library !== "active_job") return undefined;
  return textAttribute(attributes, "messaging.active_job.adapter.name", "messaging.system") ?? "";
}
