/** What the passes that merge steps share. */
import type { Span } from "../span.js";
import type { DraftStep } from "./draft-step.js";
import type { Exceptions } from "./exceptions.js";
import type { SpanForest } from "./span-forest.js";

export interface Merging {
  readonly drafts: readonly DraftStep[];
  readonly forest: SpanForest;
  readonly exceptions: Exceptions;
  readonly draftOf: (span: Span) => DraftStep | undefined;
  /** Drafts under one parent, in time order. */
  readonly families: readonly (readonly DraftStep[])[];
  readonly into: (span: Span, target: Span) => void;
  /** Replaces what is said of a step that stays. */
  readonly change: (draft: DraftStep, changed: Partial<DraftStep>) => void;
}

/** Between two parts of one thing, nothing else happens for long. */
export const NEIGHBOURS_MAX = 4;

/** The first of the next few siblings that fits. */
export function nextSibling(
  family: readonly DraftStep[],
  at: number,
  fits: (draft: DraftStep) => boolean,
): DraftStep | undefined {
  return family.slice(at + 1, at + 1 + NEIGHBOURS_MAX).find(fits);
}
