/** An exception and the comparison of several, as the document has them. */
import type { Instant } from "./document-units.js";

export interface Frame {
  readonly file: string;
  readonly line: number | null;
  readonly method: string | null;
  /** Not under gems, bundle, ruby or vendor. */
  readonly app: boolean;
}

export interface ErrorInfo {
  readonly class: string;
  readonly message: string;
  readonly fingerprint: string;
  readonly backtrace: readonly Frame[];
  readonly at: Instant;
}

export interface ErrorComparison {
  readonly distinct: number;
  readonly changed: boolean;
  /** The first attempt whose error is not that of the first that failed. */
  readonly changed_at: number | null;
  readonly first: { readonly attempt: number; readonly error: ErrorInfo } | null;
  readonly last: { readonly attempt: number; readonly error: ErrorInfo } | null;
  readonly by_attempt: readonly {
    readonly attempt: number;
    readonly fingerprint: string | null;
    readonly same_as: number | null;
  }[];
}
