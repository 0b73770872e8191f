/**
 * Transactions, from the BEGIN, COMMIT and ROLLBACK that database drivers record as ordinary queries.
 *
 * Paired by time within the attempt and not by place in the tree, because Rails sends a lazy BEGIN under the first
 * statement's span and the COMMIT under another. No span says which connection it used, so two transactions at once
 * on one database cannot be told apart; then the inner statements are counted to the one begun last.
 */
import type { Db } from "../step-document.js";
import type { SpanId } from "../ids.js";
import type { DraftStep } from "./draft-step.js";

/** What a transaction did with the steps in it. */
interface Transaction {
  readonly begin: SpanId;
  readonly database: string;
  readonly steps: DraftStep[];
  savepoints: { readonly name: string; readonly from: number }[];
  readonly undone: Set<DraftStep>;
  outcome: "committed" | "rolled_back" | "no_end_recorded";
}

export interface StepTransaction {
  readonly transaction: SpanId | null;
  readonly outcome: Db["outcome"];
  /** For steps that are no query: they happened while this transaction was open. */
  readonly open: boolean;
}

/** `drafts`: in time order. Gives an entry for each database step, and for others inside an open transaction. */
export function transactionsOf(drafts: readonly DraftStep[]): ReadonlyMap<SpanId, StepTransaction> {
  const all: Transaction[] = [];
  let open: Transaction[] = [];
  const alone: DraftStep[] = [];
  for (const draft of drafts) {
    const { detail } = draft;
    if (detail?.type !== "db") {
      open.at(-1)?.steps.push(draft);
      continue;
    }
    const database = `${detail.system} ${detail.database ?? ""}`;
    const current = open.findLast((transaction) => transaction.database === database);
    if (detail.verb === "BEGIN") {
      const begun: Transaction = {
        begin: draft.span.spanId,
        database,
        steps: [draft],
        savepoints: [],
        undone: new Set(),
        outcome: "no_end_recorded",
      };
      all.push(begun);
      open.push(begun);
    } else if (current === undefined) {
      alone.push(draft);
    } else {
      current.steps.push(draft);
      if (endOf(current, draft, detail))
        open = open.filter((transaction) => transaction !== current);
    }
  }
  return outcomes(all, alone);
}

/** Applies a step to its transaction; true when it ends it. */
function endOf(transaction: Transaction, draft: DraftStep, { verb, text }: Db): boolean {
  const words = (text ?? draft.title)
    .toUpperCase()
    .replace(/["'`;]/g, "")
    .trim()
    .split(/\s+/);
  const name = words.at(-1) ?? "";
  if (verb === "SAVEPOINT") transaction.savepoints.push({ name, from: transaction.steps.length });
  if (verb === "COMMIT") transaction.outcome = "committed";
  if (verb === "ROLLBACK" && !words.includes("TO")) transaction.outcome = "rolled_back";
  if (verb === "ROLLBACK" && words.includes("TO")) {
    const savepoint = transaction.savepoints.findLast((each) => each.name === name);
    for (const step of transaction.steps.slice(savepoint?.from ?? 0)) transaction.undone.add(step);
    return false;
  }
  return verb === "COMMIT" || verb === "ROLLBACK";
}

function outcomes(
  all: readonly Transaction[],
  alone: readonly DraftStep[],
): ReadonlyMap<SpanId, StepTransaction> {
  const found = new Map<SpanId, StepTransaction>();
  for (const { span } of alone)
    found.set(span.spanId, { transaction: null, outcome: "autocommit", open: false });
  for (const { begin, steps, undone, outcome } of all) {
    for (const step of steps) {
      const own = undone.has(step) ? "rolled_back" : outcome;
      found.set(step.span.spanId, {
        transaction: begin,
        outcome: own,
        open: step.detail?.type !== "db",
      });
    }
  }
  return found;
}
