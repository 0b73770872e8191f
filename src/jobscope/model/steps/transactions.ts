/**
 * Transactions, from the BEGIN, COMMIT and ROLLBACK that database drivers record as ordinary queries.
 *
 * Paired by time within the attempt and not by place in the tree, because Rails sends a lazy BEGIN under the first
 * statement's span and the COMMIT under another. No span says which connection it used. What tells two transactions on one
 * database apart is the process, a thread that was recorded, and ActiveRecord's span around one of them: a statement
 * outside of that span, while it lasts, is another connection's. Where nothing does, an outcome is told only if it is
 * the same for all that it could be.
 */
import type { Db } from "../step-document.js";
import type { SpanId } from "../ids.js";
import { type Span, textAttribute } from "../span.js";
import type { DraftStep } from "./draft-step.js";
import { processOf } from "./process-of.js";
import type { SpanForest } from "./span-forest.js";

export interface StepTransaction {
  readonly transaction: SpanId | null;
  readonly outcome: Db["outcome"];
  /** For steps that are no query: they happened while this transaction was open. */
  readonly open: boolean;
}

interface Transaction {
  readonly begin: SpanId;
  readonly process: string;
  readonly connection: string;
  /** The outermost span of ActiveRecord around its BEGIN. */
  readonly wrapper: Span | undefined;
  /** In order; those after a savepoint that was rolled back to are undone. */
  readonly steps: { readonly draft: DraftStep; undone: boolean }[];
  savepoints: { readonly name: string; from: number }[];
  outcome: Exclude<Db["outcome"], "autocommit">;
  /** Itself and those from which its statements cannot be told. */
  tangle: readonly Transaction[];
}

/** At once. More are a sender that records no ends; the oldest is then taken to be left open. */
const OPEN_MAX = 32;

/** In one transaction at once. Nobody goes back to one under more than these. */
const SAVEPOINTS_MAX = 1000;

/** `drafts`: in time order. Gives an entry for each database step, and for others inside an open transaction. */
export function transactionsOf(
  drafts: readonly DraftStep[],
  forest: SpanForest,
): ReadonlyMap<SpanId, StepTransaction> {
  const all: Transaction[] = [];
  let open: Transaction[] = [];
  const found = new Map<SpanId, StepTransaction>();
  for (const draft of drafts) {
    const { detail, span } = draft;
    if (detail?.type !== "db") {
      const process = open.length === 0 ? "" : processOf(span);
      // What another process did under a call of ours is not in our transaction.
      const own = open.filter((transaction) => transaction.process === process);
      candidatesFor(draft, own, forest)[0]?.steps.push({ draft, undone: false });
    } else if (detail.verb === "BEGIN") {
      // One that failed began nothing.
      if (draft.error) continue;
      const begun = beginOf(draft, detail, forest);
      all.push(begun);
      open = [...open.slice(-OPEN_MAX + 1), begun];
    } else {
      const ended = addQuery(draft, detail, { open, forest, found });
      if (ended !== undefined) open = open.filter((transaction) => transaction !== ended);
    }
  }
  for (const transaction of all) addOutcomes(transaction, found);
  return found;
}

function beginOf(draft: DraftStep, detail: Db, forest: SpanForest): Transaction {
  const begun: Transaction = {
    begin: draft.span.spanId,
    process: processOf(draft.span),
    connection: connectionOf(draft.span, detail),
    wrapper: forest.ancestorsOf(draft.span).findLast(isActiveRecord),
    steps: [{ draft, undone: false }],
    savepoints: [],
    outcome: "no_end_recorded",
    tangle: [],
  };
  begun.tangle = [begun];
  return begun;
}

function isActiveRecord({ scope }: Span): boolean {
  return scope.name.endsWith("::ActiveRecord");
}

/** As far as a connection can be told: process, thread where it is recorded, database. */
function connectionOf(span: Span, { system, database }: Db): string {
  const thread = textAttribute(span.attributes, "thread.id", "jobtrace.thread") ?? "";
  return [processOf(span), thread, system, database ?? ""].join("\0");
}

interface Search {
  readonly open: readonly Transaction[];
  readonly forest: SpanForest;
  readonly found: Map<SpanId, StepTransaction>;
}

/** Gives the transaction that the query ended. */
function addQuery(
  draft: DraftStep,
  detail: Db,
  { open, forest, found }: Search,
): Transaction | undefined {
  const connection = connectionOf(draft.span, detail);
  const own = open.filter((transaction) => transaction.connection === connection);
  const candidates = candidatesFor(draft, own, forest);
  const words = wordsOf(draft, detail);
  const transaction =
    (namesSavepoint(detail.verb, words)
      ? candidates.find(({ savepoints }) => savepoints.some(({ name }) => name === words.at(-1)))
      : undefined) ?? candidates[0];
  if (transaction === undefined) {
    found.set(draft.span.spanId, { transaction: null, outcome: "autocommit", open: false });
    return undefined;
  }
  if (candidates.length > 1) tangle(candidates);
  transaction.steps.push({ draft, undone: false });
  return applyQuery(transaction, draft, detail.verb, words) ? transaction : undefined;
}

/** The transaction a step is certainly in; else all that it could be in, the last begun first. */
function candidatesFor(
  { span }: DraftStep,
  open: readonly Transaction[],
  forest: SpanForest,
): readonly Transaction[] {
  if (open.every(({ wrapper }) => wrapper === undefined)) return open.toReversed();
  const above = new Set(forest.ancestorsOf(span));
  const certain = open.findLast(({ wrapper }) => wrapper !== undefined && above.has(wrapper));
  if (certain !== undefined) return [certain];
  // ActiveRecord may leave a transaction open beyond the span in which it began it.
  return open
    .filter(({ wrapper }) => wrapper === undefined || span.start >= wrapper.end)
    .toReversed();
}

function tangle(transactions: readonly Transaction[]): void {
  const together = [...new Set(transactions.flatMap((each) => each.tangle))];
  for (const each of together) each.tangle = together;
}

function wordsOf({ title }: DraftStep, { text }: Db): readonly string[] {
  return (text ?? title)
    .slice(0, 200)
    .toUpperCase()
    .replace(/["'`;]/g, "")
    .trim()
    .split(/\s+/);
}

function namesSavepoint(verb: string, words: readonly string[]): boolean {
  return verb === "RELEASE" || (verb === "ROLLBACK" && words.includes("TO"));
}

/** True when it ends the transaction. */
function applyQuery(
  transaction: Transaction,
  draft: DraftStep,
  verb: string,
  words: readonly string[],
): boolean {
  const name = words.at(-1) ?? "";
  const { savepoints, steps } = transaction;
  // A name may be used again: the newest counts.
  const named = namesSavepoint(verb, words)
    ? savepoints.findLastIndex((savepoint) => savepoint.name === name)
    : -1;
  if (verb === "SAVEPOINT" && !draft.error) {
    if (savepoints.length === SAVEPOINTS_MAX) savepoints.shift();
    savepoints.push({ name, from: steps.length });
  }
  if (verb === "RELEASE" && named !== -1) savepoints.length = named;
  if (verb === "COMMIT") transaction.outcome = draft.error ? "unknown" : "committed";
  if (verb !== "ROLLBACK") return verb === "COMMIT";
  if (!words.includes("TO")) {
    transaction.outcome = "rolled_back";
    return true;
  }
  const savepoint = savepoints[named];
  if (savepoint === undefined) return false;
  for (const step of steps.slice(savepoint.from)) step.undone = true;
  // The savepoint stays; what came after it is done with and need not be looked at again.
  savepoint.from = steps.length;
  savepoints.length = named + 1;
  return false;
}

function addOutcomes(
  { begin, steps, outcome, tangle: together }: Transaction,
  found: Map<SpanId, StepTransaction>,
): void {
  const told = together.every((each) => each.outcome === outcome) ? outcome : "unknown";
  for (const { draft, undone } of steps) {
    found.set(draft.span.spanId, {
      transaction: begin,
      outcome: undone ? "rolled_back" : told,
      open: draft.detail?.type !== "db",
    });
  }
}
