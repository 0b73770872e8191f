/** What can be fuzzed inside this process: something that makes the bytes of a case, and something that judges them. */

export interface CaseTarget {
  readonly name: string;
  /** The same bytes for the same seed and number. */
  make(caseNumber: number): Uint8Array;
  /** Whether the bytes were taken. @throws whatever is wrong, as an Error. */
  check(bytes: Uint8Array, caseNumber: number): boolean;
}

/** A case in which something that must hold did not. */
export interface Finding {
  readonly target: string;
  readonly seed: number;
  /** undefined: of the run as a whole. */
  readonly caseNumber: number | undefined;
  readonly message: string;
  /** What was sent; absent where there is no single case. */
  readonly bytes?: Uint8Array;
}

export interface FuzzReport {
  readonly target: string;
  readonly caseCount: number;
  readonly acceptedCount: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** Anything else worth a line. */
  readonly notes: readonly string[];
}

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Only this case, to look at it again. */
  readonly only?: number;
  /** Told now and then how many cases are done. */
  readonly onProgress?: (done: number) => void;
}

/** One kind of mistake gives thousands of findings; these are enough to see it. */
export const FINDINGS_MAX = 10;
