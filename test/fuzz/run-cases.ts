/**
 * Runs the cases of a target inside this process, one after another. Beside what the target itself says, a case must
 * not hang and the run must not keep memory.
 */
import { collectGarbage } from "./collect-garbage.js";
import { startHangWatch } from "./hang-watch.js";
import {
  type CaseTarget,
  FINDINGS_MAX,
  type Finding,
  type FuzzOptions,
  type FuzzReport,
} from "./case-target.js";

/** Time of the processor, not of the clock, for other work on the machine is no hang; per 64 KiB begun. */
const HANG_MS = 250;
const HANG_BYTES = 64 * 1024;
/** A collection of garbage may fall into any case; it does not fall into the same one again and again. */
const HANG_TRIES = 3;
/** Enough for caches to fill and columns to grow. */
const WARM_UP_CASES = 2_000;
const HEAP_GROWTH_BYTES_MAX = 32 * 1024 * 1024;
const PROGRESS_EVERY = 500;
/** Most cases end in an error somewhere, and half of their time would go into traces that nobody reads. */
const NO_TRACES = 0;

export function runCases(
  target: CaseTarget,
  { cases, seed, only, onProgress }: FuzzOptions,
): FuzzReport {
  const findings: Finding[] = [];
  const started = performance.now();
  const { stackTraceLimit } = Error;
  const hangWatch = startHangWatch(target.name, seed);
  Error.stackTraceLimit = NO_TRACES;
  let acceptedCount = 0;
  let heapBefore: number | undefined;
  let done = 0;
  const [from, to] = only === undefined ? [0, cases] : [only, only + 1];
  for (let number = from; number < to && findings.length < FINDINGS_MAX; number++) {
    hangWatch.begin(number);
    const judged = judge(target, number, stackTraceLimit);
    if (judged.accepted) acceptedCount++;
    if (judged.message !== undefined) {
      const { message, bytes } = judged;
      findings.push({ target: target.name, seed, caseNumber: number, message, bytes });
    }
    if (++done === WARM_UP_CASES) heapBefore = collectGarbage();
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
  }
  Error.stackTraceLimit = stackTraceLimit;
  void hangWatch.end();
  const seconds = (performance.now() - started) / 1000;
  const notes: string[] = [];
  if (heapBefore !== undefined) {
    const growth = collectGarbage() - heapBefore;
    notes.push(`heap ${growth < 0 ? "-" : "+"}${(Math.abs(growth) / 1e6).toFixed(1)} MB`);
    if (growth > HEAP_GROWTH_BYTES_MAX) {
      const message = `the heap grew by ${growth} bytes from case ${WARM_UP_CASES} to case ${done}`;
      findings.push({ target: target.name, seed, caseNumber: undefined, message });
    }
  }
  return { target: target.name, caseCount: done, acceptedCount, seconds, findings, notes };
}

interface Judged {
  readonly bytes: Uint8Array;
  readonly accepted: boolean;
  /** undefined: nothing is wrong. */
  readonly message: string | undefined;
}

function judge(target: CaseTarget, number: number, traceLimit: number): Judged {
  const bytes = target.make(number);
  let accepted: boolean;
  let tookMs: number;
  try {
    const before = performance.now();
    accepted = target.check(bytes, number);
    tookMs = performance.now() - before;
  } catch {
    return { bytes, accepted: false, message: failureOf(target, bytes, number, traceLimit) };
  }
  const mayTakeMs = HANG_MS * Math.ceil((bytes.length + 1) / HANG_BYTES);
  if (tookMs <= mayTakeMs) return { bytes, accepted, message: undefined };
  const leastMs = Math.min(
    ...Array.from({ length: HANG_TRIES }, () => cpuMs(() => target.check(bytes, number))),
  );
  const message =
    leastMs > mayTakeMs ? `took ${Math.round(leastMs)} ms for ${bytes.length} bytes` : undefined;
  return { bytes, accepted, message };
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Checks once more, now with a trace of where it failed. */
function failureOf(
  target: CaseTarget,
  bytes: Uint8Array,
  number: number,
  traceLimit: number,
): string {
  Error.stackTraceLimit = traceLimit;
  try {
    target.check(bytes, number);
    return "failed once, and not when it was tried again";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    Error.stackTraceLimit = NO_TRACES;
  }
}
