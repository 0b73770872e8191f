/**
 * Several spans that are one thing to a reader become one step. Nothing is dropped: each pass says which span went
 * into which step.
 *
 * - ActiveRecord's spans around the queries that the database driver records too
 * - `PREPARE` before its `EXECUTE`
 * - opening an HTTP connection before the request on it
 * - an HTTP library that uses another one: the inner call is the one that was made
 * - ActiveJob's push around Sidekiq's, and the write to Redis beside them
 */
import type { SpanId } from "../ids.js";
import type { Span } from "../span.js";
import { textAttribute } from "../span.js";
import { between, durationNano, NANOS_PER_MS } from "../time.js";
import type { DraftStep } from "./draft-step.js";
import type { SpanForest } from "./span-forest.js";

export interface MergedSteps {
  readonly drafts: readonly DraftStep[];
  /** Span → the span whose step it went into. */
  readonly merged: ReadonlyMap<SpanId, SpanId>;
}

/** A PREPARE that took longer than this is worth its own line. */
const PREPARE_MERGED_MAX = durationNano(NANOS_PER_MS);
/** Likewise a connection. */
const CONNECT_MERGED_MAX = durationNano(100n * NANOS_PER_MS);
/** Between a connection and its request, or a push and its write, nothing else of that kind happens for long. */
const NEIGHBOURS_MAX = 4;

/** `drafts`: in time order. */
export function mergeSteps(drafts: readonly DraftStep[], forest: SpanForest): MergedSteps {
  const merged = new Map<SpanId, SpanId>();
  const into = (span: Span, target: Span): void => void merged.set(span.spanId, target.spanId);
  const connects = new Map<SpanId, DraftStep>();
  const scheduled = new Set<SpanId>();
  const bySpan = new Map(drafts.map((draft) => [draft.span, draft]));
  for (const [at, draft] of drafts.entries()) {
    if (isActiveRecord(draft.span)) {
      const query = firstUnder(draft, drafts, at, forest);
      if (query !== undefined) into(draft.span, query.span);
    } else if (isPrepare(draft)) {
      const execute = nextSibling(drafts, at, (next) => isExecuteOf(next, draft));
      if (execute !== undefined) into(draft.span, execute.span);
    } else if (draft.span.name === "connect" && draft.kind === "code") {
      const request = nextSibling(drafts, at, (next) => isRequestTo(next, draft));
      if (request !== undefined) {
        into(draft.span, request.span);
        connects.set(request.span.spanId, draft);
      }
    } else if (draft.kind === "http") {
      const outer = forest
        .ancestorsOf(draft.span)
        .find((span) => isSameCall(bySpan.get(span), draft));
      if (outer !== undefined) into(outer, draft.span);
    } else if (draft.kind === "enqueue") {
      mergePush({ draft, at, drafts, forest, into, scheduled });
    }
  }
  return {
    drafts: drafts
      .filter(({ span }) => !merged.has(span.spanId))
      .map(withMerged(connects, scheduled)),
    merged,
  };
}

interface PushMerge {
  readonly draft: DraftStep;
  readonly at: number;
  readonly drafts: readonly DraftStep[];
  readonly forest: SpanForest;
  readonly into: (span: Span, target: Span) => void;
  readonly scheduled: Set<SpanId>;
}

function mergePush({ draft, at, drafts, forest, into, scheduled }: PushMerge): void {
  if (draft.detail === null) {
    const inner = drafts.find(
      (each) => each.detail?.type === "enqueue" && forest.parentOf(each.span) === draft.span,
    );
    if (inner !== undefined) into(draft.span, inner.span);
    return;
  }
  const write = nextSibling(drafts, at, isQueueWrite);
  if (write === undefined) return;
  into(write.span, draft.span);
  if (redisCommands(write).includes("ZADD")) scheduled.add(draft.span.spanId);
}

function withMerged(
  connects: ReadonlyMap<SpanId, DraftStep>,
  scheduled: ReadonlySet<SpanId>,
): (draft: DraftStep) => DraftStep {
  return (draft) => {
    const connect = connects.get(draft.span.spanId);
    if (connect !== undefined && draft.detail?.type === "http") {
      return {
        ...draft,
        detail: { ...draft.detail, connect_ns: Number(durationOf(connect.span)) },
      };
    }
    return scheduled.has(draft.span.spanId)
      ? { ...draft, title: `${draft.title}, scheduled` }
      : draft;
  };
}

/** The first of the next few steps with the same parent that fits. */
function nextSibling(
  drafts: readonly DraftStep[],
  at: number,
  fits: (draft: DraftStep) => boolean,
): DraftStep | undefined {
  const span = drafts[at]?.span;
  let seen = 0;
  for (let index = at + 1; index < drafts.length; index++) {
    const next = drafts[index];
    if (next === undefined || span === undefined) return undefined;
    if (next.span.parentSpanId !== span.parentSpanId || next.span.traceId !== span.traceId) {
      continue;
    }
    if (fits(next)) return next;
    if (++seen === NEIGHBOURS_MAX) return undefined;
  }
  return undefined;
}

/** The first database step anywhere under this one. */
function firstUnder(
  draft: DraftStep,
  drafts: readonly DraftStep[],
  at: number,
  forest: SpanForest,
): DraftStep | undefined {
  for (let index = at + 1; index < drafts.length; index++) {
    const next = drafts[index];
    if (next === undefined || next.span.start > draft.span.end) return undefined;
    const isQuery = next.kind === "db" || next.kind === "transaction";
    if (isQuery && forest.ancestorsOf(next.span).includes(draft.span)) return next;
  }
  return undefined;
}

function isActiveRecord(span: Span): boolean {
  return span.kind === "internal" && span.scope.name.endsWith("::ActiveRecord");
}

function isPrepare({ span, detail }: DraftStep): boolean {
  return (
    detail?.type === "db" &&
    operationOf(span) === "PREPARE" &&
    durationOf(span) <= PREPARE_MERGED_MAX
  );
}

function isExecuteOf({ span, fingerprint }: DraftStep, prepare: DraftStep): boolean {
  return operationOf(span) === "EXECUTE" && fingerprint === prepare.fingerprint;
}

function operationOf(span: Span): string | undefined {
  return textAttribute(span.attributes, "db.operation.name", "db.operation")?.toUpperCase();
}

function isRequestTo({ detail }: DraftStep, connect: DraftStep): boolean {
  const host = textAttribute(connect.span.attributes, "server.address", "net.peer.name");
  return (
    detail?.type === "http" &&
    detail.host === host &&
    durationOf(connect.span) <= CONNECT_MERGED_MAX
  );
}

function isSameCall(outer: DraftStep | undefined, inner: DraftStep): boolean {
  if (outer?.detail?.type !== "http" || inner.detail?.type !== "http") return false;
  return outer.detail.method === inner.detail.method && outer.detail.host === inner.detail.host;
}

function isQueueWrite(draft: DraftStep): boolean {
  const commands = redisCommands(draft);
  return commands.includes("LPUSH") || commands.includes("ZADD");
}

function redisCommands({ detail }: DraftStep): readonly string[] {
  return detail?.type === "redis" ? detail.commands.map(({ name }) => name) : [];
}

function durationOf(span: Span): bigint {
  return between(span.start, span.end);
}
