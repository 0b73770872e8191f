/** One answer of `doctor`: what was found, and the one thing to change. */

/** `broken`: spans are being lost or refused. `problem`: something is missing that a change would bring. */
export type CheckStatus = "ok" | "problem" | "broken";

export interface Change {
  /** The first word of what to do: "set", "add", "start". */
  readonly verb: string;
  /** What it is done to; mostly one line. */
  readonly lines: readonly string[];
}

export interface Check {
  /** Which check: stays the same whatever it finds. */
  readonly id: string;
  readonly status: CheckStatus;
  readonly text: string;
  readonly details: readonly string[];
  /** null: nothing to change. */
  readonly change: Change | null;
}

export function ok(id: string, text: string, details: readonly string[] = []): Check {
  return { id, status: "ok", text, details, change: null };
}

interface Finding {
  readonly text: string;
  readonly details?: readonly string[];
  readonly change: Change;
}

export function problem(id: string, { text, details = [], change }: Finding): Check {
  return { id, status: "problem", text, details, change };
}

export function broken(id: string, finding: Finding): Check {
  return { ...problem(id, finding), status: "broken" };
}

export function change(verb: string, ...lines: readonly string[]): Change {
  return { verb, lines };
}
