/**
 * Several spans that are one thing to a reader become one step. Nothing is dropped: each pass says which span went
 * into which step.
 *
 * - ActiveRecord's spans around the queries that the database driver records too
 * - `PREPARE` before its `EXECUTE`
 * - opening an HTTP connection before the request on it
 * - an HTTP library that uses another one: the inner call is the one that was made
 * - ActiveJob's push around Sidekiq's, and the write to Redis beside them
 *
 * Neighbours are looked at a few at a time, so a long list takes long in proportion.
 */
import type { SpanId } from "../ids.js";
import type { Span } from "../span.js";
import { textAttribute } from "../span.js";
import { between, durationNano, NANOS_PER_MS } from "../time.js";
import { sqlTitle } from "../titles/sql-title.js";
import { isPreparing } from "./db-draft.js";
import type { DraftStep } from "./draft-step.js";
import type { Exceptions } from "./exceptions.js";
import { mergeHttp } from "./merge-http.js";
import { mergePushes } from "./merge-pushes.js";
import { mergeRecords } from "./merge-records.js";
import { type Merging, nextSibling } from "./merging.js";
import type { SpanForest } from "./span-forest.js";

export interface MergedSteps {
  readonly drafts: readonly DraftStep[];
  /** Span → the span whose step it went into. */
  readonly merged: ReadonlyMap<SpanId, SpanId>;
}

/** A PREPARE that took longer than this is worth its own line. */
const PREPARE_MERGED_MAX = durationNano(NANOS_PER_MS);
/** `drafts`: in time order. */
export function mergeSteps(
  drafts: readonly DraftStep[],
  forest: SpanForest,
  exceptions: Exceptions,
): MergedSteps {
  const merged = new Map<SpanId, SpanId>();
  const changes = new Map<DraftStep, Partial<DraftStep>>();
  const bySpan = new Map(drafts.map((draft) => [draft.span, draft]));
  const merging: Merging = {
    drafts,
    forest,
    exceptions,
    draftOf: (span) => bySpan.get(span),
    families: familiesOf(drafts),
    into: (span, target) => void merged.set(span.spanId, target.spanId),
    change: (draft, changed) => void changes.set(draft, { ...changes.get(draft), ...changed }),
  };
  mergeRecords(merging);
  mergePrepares(merging);
  mergeHttp(merging);
  mergePushes(merging);
  return {
    drafts: drafts
      .filter(({ span }) => !merged.has(span.spanId))
      .map((draft) => ({ ...draft, ...changes.get(draft) })),
    merged,
  };
}

function familiesOf(drafts: readonly DraftStep[]): readonly (readonly DraftStep[])[] {
  const families = new Map<string, DraftStep[]>();
  for (const draft of drafts) {
    const key = draft.span.traceId + (draft.span.parentSpanId ?? "");
    const family = families.get(key);
    if (family === undefined) families.set(key, [draft]);
    else family.push(draft);
  }
  return [...families.values()];
}

function mergePrepares({ families, into }: Merging): void {
  for (const family of families) {
    for (const [at, draft] of family.entries()) {
      if (!isPrepare(draft)) continue;
      const execute = nextSibling(family, at, (next) => isExecuteOf(next, draft));
      if (execute !== undefined) into(draft.span, execute.span);
    }
  }
}

function isPrepare({ span, detail, error }: DraftStep): boolean {
  return (
    detail?.type === "db" &&
    !error &&
    isPreparing(span) &&
    between(span.start, span.end) <= PREPARE_MERGED_MAX
  );
}

/** The text of an EXECUTE may have fallen out of the instrumentation's cache; then the statement's name tells. */
function isExecuteOf(
  { span, fingerprint }: DraftStep,
  { span: prepared, detail }: DraftStep,
): boolean {
  if (operationOf(span) !== "EXECUTE") return false;
  const text = detail?.type === "db" ? detail.text : null;
  return (
    (text !== null && fingerprint === sqlTitle(text).fingerprint) ||
    (nameOf(span) !== undefined && nameOf(span) === nameOf(prepared))
  );
}

function nameOf({ attributes }: Span): string | undefined {
  return textAttribute(attributes, "db.postgresql.prepared_statement_name");
}

function operationOf(span: Span): string | undefined {
  return textAttribute(span.attributes, "db.operation.name", "db.operation")?.toUpperCase();
}
