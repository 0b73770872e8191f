/**
 * Many alike steps → one line: `SELECT line_items WHERE order_id=?  ×400`.
 *
 * Only what a reader loses nothing by: a step with an error or a doubt is never in a fold, nor are the edges of a
 * transaction. The fold keeps what sums would hide: the median, the longest and where it is.
 */
import { countText } from "../count-text.js";
import type { Ns } from "../document-units.js";
import { unionLength } from "../intervals.js";
import type { Fold, Step, StepKind } from "../step-document.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { isSchemaQuery } from "../titles/schema-query.js";
import { commonTitle } from "./common-title.js";
import { type RepeatKey, repeatsIn } from "./repeats.js";

export interface FoldOptions {
  readonly foldMin: number;
  readonly full: boolean;
  /** Of the attempt; null: it has no end. */
  readonly duration: Ns | null;
}

/** A few enqueues are worth a line each: every one is another job. */
const ENQUEUES_MIN = 5;

const NEVER: ReadonlySet<StepKind> = new Set<StepKind>([
  "started",
  "finished",
  "failed",
  "transaction",
  "log",
  "exception",
  "fold",
  "gap",
  "open",
]);

/** Notes that say where a step lies; all others are doubts. */
const FACTS: ReadonlySet<string> = new Set(["enqueue_before_commit", "http_in_transaction"]);

export function foldSteps(steps: readonly Step[], options: FoldOptions): readonly Step[] {
  const opened = options.full ? steps : foldSchemaQueries(steps, options);
  const indexes = new Map(opened.map(({ id }, at) => [id, at]));
  const keys = opened.map((step) => keyOf(step, indexes, options.foldMin));
  const folded: Step[] = [];
  let at = 0;
  for (const { from, period, count } of repeatsIn(keys)) {
    // One by one: a call does not take a hundred thousand arguments.
    for (const step of opened.slice(at, from)) folded.push(step);
    at = from + period * count;
    folded.push(foldOf(opened.slice(from, at), period, options));
  }
  return at === 0 ? opened : folded.concat(opened.slice(at));
}

function keyOf(step: Step, indexes: ReadonlyMap<string, number>, foldMin: number): RepeatKey {
  const { parent_id: parent } = step;
  const status = step.detail?.type === "http" ? step.detail.status : null;
  return {
    key: isFoldable(step)
      ? [step.kind, step.fingerprint, status, ...step.notes.map(({ code }) => code)].join(" ")
      : undefined,
    parent,
    parentAt: parent === null ? -1 : (indexes.get(parent) ?? -1),
    countMin: step.kind === "enqueue" ? Math.max(ENQUEUES_MIN, foldMin) : foldMin,
  };
}

function isFoldable({ kind, status, notes }: Step): boolean {
  return (
    !NEVER.has(kind) &&
    (status === "ok" || status === "unset") &&
    notes.every(({ code }) => FACTS.has(code))
  );
}

/** Runs of queries about the database itself, which a connection's first use of a table brings along. */
function foldSchemaQueries(steps: readonly Step[], options: FoldOptions): readonly Step[] {
  const folded: Step[] = [];
  let run: Step[] = [];
  const close = (): void => {
    if (run.length >= options.foldMin) folded.push(schemaFold(run, options));
    else folded.push(...run);
    run = [];
  };
  for (const step of steps) {
    const fits = step.detail?.type === "db" && isSchemaQuery(step.detail) && isFoldable(step);
    if (!fits || run[0]?.parent_id !== step.parent_id) close();
    if (fits) run.push(step);
    else folded.push(step);
  }
  close();
  return folded;
}

function schemaFold(run: readonly Step[], options: FoldOptions): Step {
  const fold = foldOf(run, 1, options);
  return {
    ...fold,
    title: "schema queries",
    result: `×${countText(run.length)}`,
    fingerprint: fingerprintOf("fold", "schema queries"),
  };
}

/** `members`: `period` times as many as there are repetitions. */
function foldOf(members: readonly Step[], period: number, { duration, full }: FoldOptions): Step {
  const [first] = members;
  if (first === undefined) throw new RangeError("a fold has members");
  const count = members.length / period;
  const blocks = Array.from({ length: count }, (_, at) =>
    members.slice(at * period, (at + 1) * period),
  );
  const took = blocks.map(durationOf);
  const longest = took.reduce((best, each, at) => (each > (took[best] ?? 0) ? at : best), 0);
  const total = durationOf(members);
  const places = Array.from({ length: period }, (_, place) =>
    members.filter((_step, at) => at % period === place),
  );
  const detail: Fold = {
    type: "fold",
    count,
    period,
    total_ns: total,
    p50_ns: medianOf(took),
    max_ns: took[longest] ?? 0,
    max_step: blocks[longest]?.[0]?.id ?? first.id,
    max_offset_ns: blocks[longest]?.[0]?.offset_ns ?? first.offset_ns,
    share: duration === null || duration <= 0 ? null : total / duration,
    until_ns: untilOf(members),
    gaps: 0,
    gaps_ns: 0,
    steps: full ? members.map(({ id }) => id) : null,
  };
  return {
    ...first,
    id: `${first.id}.fold`,
    kind: "fold",
    duration_ns: total,
    self_ns: null,
    title: period === 1 ? titleOf(members) : places.map(shortTitle).join(", "),
    result: [period === 1 ? sameResult(members) : null, `×${countText(count)}`]
      .filter(Boolean)
      .join("  "),
    fingerprint:
      period === 1
        ? first.fingerprint
        : fingerprintOf(
            "fold",
            members
              .slice(0, period)
              .map(({ fingerprint }) => fingerprint)
              .join(" "),
          ),
    detail,
    attributes: null,
  };
}

function titleOf(members: readonly Step[]): string {
  const [first] = members;
  return first?.detail?.type === "enqueue" ? `ENQUEUE ${first.detail.class}` : commonTitle(members);
}

/** In a block there is no room for conditions. */
function shortTitle(members: readonly Step[]): string {
  const [first] = members;
  return first?.detail?.type === "db" && first.detail.summary !== ""
    ? first.detail.summary
    : titleOf(members);
}

function sameResult([first, ...more]: readonly Step[]): string | null {
  const result = first?.result ?? null;
  return more.every((step) => step.result === result) ? result : null;
}

function durationOf(steps: readonly Step[]): Ns {
  return unionLength(
    steps.map(({ offset_ns: from, duration_ns: duration }) => [from, from + (duration ?? 0)]),
  );
}

function untilOf(steps: readonly Step[]): Ns {
  return steps.reduce(
    (most, { offset_ns: from, duration_ns: duration }) => Math.max(most, from + (duration ?? 0)),
    -Infinity,
  );
}

/** The lower of the two in the middle: a length that occurred. */
function medianOf(lengths: readonly Ns[]): Ns {
  return [...lengths].sort((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)] ?? 0;
}
