/**
 * Transactions as nodes. No span stands for one: it is what lies between its BEGIN and its COMMIT or ROLLBACK, among the
 * steps beside its BEGIN. One that begins inside a step and ends outside it has no place in a tree; its steps then stay
 * where they are.
 */
import type { Db, Step } from "../step-document.js";
import { type DraftNode, endOf } from "./draft-node.js";

/** Transactions within transactions: databases allow one on a connection, so deeper ones are a broken sender's. */
const NESTED_MAX = 4;
/** From a COMMIT up to the step that its BEGIN is in. */
const ANCESTORS_MAX = 100;

export interface TransactionEnd {
  readonly outcome: Db["outcome"];
  /** The step that was its last: its COMMIT or ROLLBACK if it has one. */
  readonly last: Step;
}

/** By the id of the BEGIN. `steps`: of one attempt, in time order. */
export function transactionEnds(steps: readonly Step[]): ReadonlyMap<string, TransactionEnd> {
  const ends = new Map<string, TransactionEnd>();
  for (const step of steps) {
    const { detail } = step;
    if (detail?.type !== "db" || detail.transaction === null) continue;
    const known = ends.get(detail.transaction);
    // A step that a savepoint undid says so itself; the BEGIN says what became of the whole.
    ends.set(detail.transaction, { outcome: known?.outcome ?? detail.outcome, last: step });
  }
  return ends;
}

export interface TransactionScope {
  readonly ends: ReadonlyMap<string, TransactionEnd>;
  readonly byId: ReadonlyMap<string, DraftNode>;
}

/** `siblings`: in time order; `parentId`: of the step they are in, null directly under the attempt. */
export function withTransactions(
  siblings: readonly DraftNode[],
  parentId: string | null,
  scope: TransactionScope,
  nested = 0,
): DraftNode[] {
  const grouped: DraftNode[] = [];
  for (let at = 0; at < siblings.length; ) {
    const begin = siblings[at++];
    if (begin === undefined) break;
    const end = nested < NESTED_MAX ? endFor(begin, parentId, scope) : undefined;
    if (end === undefined) {
      grouped.push(begin);
      continue;
    }
    const isOpen = end.outcome === "no_end_recorded";
    const until = isOpen ? Number.POSITIVE_INFINITY : endOf(scope.byId.get(end.last.id) ?? begin);
    const inside: DraftNode[] = [];
    /** What goes on after the transaction's end was only at work beside it. */
    const beside: DraftNode[] = [];
    for (
      let next = siblings[at];
      next !== undefined && next.start_ns <= until;
      next = siblings[at]
    ) {
      (endOf(next) <= until ? inside : beside).push(next);
      at++;
    }
    grouped.push(
      {
        kind: "transaction",
        id: `${begin.id}.transaction`,
        title: `transaction, ${OUTCOMES[end.outcome]}`,
        step: null,
        attempt: null,
        start_ns: begin.start_ns,
        duration_ns: isOpen ? null : until - begin.start_ns,
        children: [begin, ...withTransactions(inside, parentId, scope, nested + 1)],
      },
      ...beside,
    );
  }
  return grouped;
}

const OUTCOMES: Readonly<Record<Db["outcome"], string>> = {
  committed: "committed",
  rolled_back: "rolled back",
  no_end_recorded: "no end recorded",
  autocommit: "committed",
  unknown: "outcome unknown",
};

/** undefined: the node begins no transaction, or one that does not end beside it. */
function endFor(
  { step, id }: DraftNode,
  parentId: string | null,
  scope: TransactionScope,
): TransactionEnd | undefined {
  if (step?.detail?.type !== "db" || step.detail.transaction !== id) return undefined;
  const end = scope.ends.get(id);
  if (end === undefined || end.last === step) return undefined;
  let above = parentOf(end.last, scope);
  for (let climbed = 0; above !== parentId && climbed < ANCESTORS_MAX; climbed++) {
    if (above === null) return undefined;
    above = parentOf(scope.byId.get(above)?.step ?? null, scope);
  }
  return above === parentId ? end : undefined;
}

/** The step it is in; null directly under the attempt. */
function parentOf(step: Step | null, { byId }: TransactionScope): string | null {
  const id = step?.parent_id ?? null;
  return id !== null && byId.has(id) ? id : null;
}
