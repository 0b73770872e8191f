/** How a document is to be shown: everything that depends on the reader and nothing that depends on the job. */
import type { Style } from "./style.js";
import type { TimeZone } from "./time-words.js";

/** What the column of times says: since the start, of the clock, since the line before. */
export const TIME_FORMS = ["offset", "clock", "delta"] as const;

export type TimeForm = (typeof TIME_FORMS)[number];

export interface View {
  /** Columns; undefined: never cut, as when piped. */
  readonly width: number | undefined;
  readonly ascii: boolean;
  readonly style: Style;
  readonly zone: TimeZone;
  readonly time: TimeForm;
  readonly brief: boolean;
  readonly full: boolean;
  /** Whether log lines are among the steps. */
  readonly logs?: boolean;
  /** Which attempt's timeline; undefined: by the rule of `shownAttempts`. */
  readonly attempt: number | "first" | "last" | "all" | undefined;
}
