/**
 * Two attempts → what differs between them, step by step.
 *
 * Steps are the same when their fingerprints are, in the order of a longest common subsequence. A matched step is changed
 * when its result is another, or when its duration moved by more than a fifth and by more than 10 ms: less is noise.
 */
import { commonTitle } from "../arrange/common-title.js";
import type { Attempt, JobDocument } from "../job-document.js";
import type { Step, StepKind } from "../step-document.js";
import type { DiffDocument, DiffSide, StepDiff, StepSide } from "./diff-document.js";
import { matchSequences } from "./match-sequences.js";
import { onlyIn } from "./only-in.js";

export interface ComparedAttempt {
  readonly document: JobDocument;
  readonly attempt: Attempt;
}

const MOVED_SHARE_MIN = 0.2;
const MOVED_NS_MIN = 10_000_000;

/** The job's beginning and end are no steps of its own; logs and what a view puts in are not compared. */
const NOT_COMPARED: ReadonlySet<StepKind> = new Set<StepKind>([
  "started",
  "finished",
  "failed",
  "log",
  "fold",
  "gap",
]);

export function buildDiff(a: ComparedAttempt, b: ComparedAttempt): DiffDocument {
  const left = comparedSteps(a.attempt);
  const right = comparedSteps(b.attempt);
  const { partner, longest } = matchSequences(
    left.map(({ fingerprint }) => fingerprint),
    right.map(({ fingerprint }) => fingerprint),
  );
  const steps = stepDiffs(left, right, partner);
  const count = (mark: StepDiff["mark"]): number =>
    steps.reduce((sum, step) => sum + (step.mark === mark ? 1 : 0), 0);
  const counts = {
    same: count("same"),
    changed: count("changed"),
    removed: count("removed"),
    added: count("added"),
  };
  const sameClass = a.document.job.class === b.document.job.class;
  const errorChanged = a.attempt.error?.fingerprint !== b.attempt.error?.fingerprint;
  return {
    schema: "jobtrace.diff/v1",
    as_of: a.document.as_of > b.document.as_of ? a.document.as_of : b.document.as_of,
    a: sideOf(a, left.length),
    b: sideOf(b, right.length),
    same:
      sameClass &&
      !errorChanged &&
      a.attempt.state === b.attempt.state &&
      counts.same === steps.length,
    same_class: sameClass,
    exact: longest,
    counts,
    first_difference: steps.find(({ mark }) => mark !== "same") ?? null,
    error: { changed: errorChanged, from: a.attempt.error, to: b.attempt.error },
    only_in_a: onlyIn(a.attempt.effects, b.attempt.effects),
    only_in_b: onlyIn(b.attempt.effects, a.attempt.effects),
    steps,
  };
}

function comparedSteps({ steps }: Attempt): readonly Step[] {
  return steps.filter(({ kind }) => !NOT_COMPARED.has(kind));
}

function sideOf({ document, attempt }: ComparedAttempt, steps: number): DiffSide {
  return {
    jid: document.job.jid,
    class: document.job.class,
    attempt: attempt.number,
    attempts: document.attempts.length,
    state: attempt.state,
    started_at: attempt.started_at,
    duration_ns: attempt.duration_ns,
    steps,
  };
}

function stepDiffs(
  left: readonly Step[],
  right: readonly Step[],
  partner: Int32Array,
): readonly StepDiff[] {
  const diffs: StepDiff[] = [];
  let next = 0;
  const addUpTo = (end: number): void => {
    for (; next < end; next++) {
      const step = right[next];
      if (step !== undefined) diffs.push(oneSided("added", step));
    }
  };
  for (const [at, step] of left.entries()) {
    const other = partner[at] ?? -1;
    const matched = right[other];
    if (matched === undefined) {
      diffs.push(oneSided("removed", step));
      continue;
    }
    addUpTo(other);
    next = other + 1;
    diffs.push(matchedDiff(step, matched));
  }
  addUpTo(right.length);
  return diffs;
}

function oneSided(mark: "removed" | "added", step: Step): StepDiff {
  const { kind, fingerprint, title } = step;
  const side = stepSide(step);
  const [a, b] = mark === "removed" ? [side, null] : [null, side];
  return { mark, kind, fingerprint, title, changes: [], a, b };
}

function matchedDiff(a: Step, b: Step): StepDiff {
  const changes: StepDiff["changes"] = [
    ...(hasMoved(a.duration_ns, b.duration_ns) ? (["duration"] as const) : []),
    ...(a.result !== b.result || a.status !== b.status ? (["result"] as const) : []),
  ];
  return {
    mark: changes.length > 0 ? "changed" : "same",
    kind: a.kind,
    fingerprint: a.fingerprint,
    title: commonTitle([a, b]),
    changes,
    a: stepSide(a),
    b: stepSide(b),
  };
}

function hasMoved(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== b;
  const moved = Math.abs(b - a);
  return moved > MOVED_NS_MIN && moved > a * MOVED_SHARE_MIN;
}

function stepSide({ id, offset_ns, duration_ns, status, result }: Step): StepSide {
  return { id, offset_ns, duration_ns, status, result };
}
