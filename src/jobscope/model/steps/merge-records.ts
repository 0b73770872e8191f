/**
 * ActiveRecord's spans go into the first query under them: `Order#save!` around an INSERT says nothing that the INSERT
 * does not. One that took long by itself, or that raised an error which none of its queries had, stays.
 */
import type { Span } from "../span.js";
import { durationNano, NANOS_PER_MS } from "../time.js";
import { notifiedSql } from "./db-draft.js";
import type { DraftStep } from "./draft-step.js";
import type { Merging } from "./merging.js";
import { selfTime } from "./self-time.js";

/** Of its own time, outside of its queries: a callback that computes. */
const OWN_TIME_MAX = durationNano(100n * NANOS_PER_MS);

export function mergeRecords({ drafts, forest, exceptions, into }: Merging): void {
  const under = queriesUnder({ drafts, forest });
  for (const { span } of drafts) {
    const queries = isRecord(span) ? under.get(span) : undefined;
    if (queries === undefined) continue;
    const raised = exceptions.ofSpan(span).length > 0 && !queries.anyFailed;
    const isLong = selfTime(span, forest.childrenOf(span.spanId)) >= OWN_TIME_MAX;
    if (!raised && !isLong) into(span, queries.first.span);
  }
}

interface QueriesUnder {
  readonly first: DraftStep;
  anyFailed: boolean;
}

/** For each span that has queries under it. Climbs from each query no further than it brings news. */
function queriesUnder({
  drafts,
  forest,
}: Pick<Merging, "drafts" | "forest">): ReadonlyMap<Span, QueriesUnder> {
  const found = new Map<Span, QueriesUnder>();
  for (const draft of drafts) {
    if (draft.kind !== "db" && draft.kind !== "transaction") continue;
    let above = forest.parentOf(draft.span);
    while (above !== undefined) {
      const known = found.get(above);
      if (known !== undefined && (known.anyFailed || !draft.error)) break;
      if (known === undefined) found.set(above, { first: draft, anyFailed: draft.error });
      else known.anyFailed = true;
      above = forest.parentOf(above);
    }
  }
  return found;
}

function isRecord(span: Span): boolean {
  const isActiveRecord = span.scope.name.endsWith("::ActiveRecord");
  return span.kind === "internal" && (isActiveRecord || notifiedSql(span) !== undefined);
}
