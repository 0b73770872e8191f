/**
 * The wire scan of logs: walks an `ExportLogsServiceRequest` without decoding it, as trace-scan.ts does for traces. What
 * scans can also be decoded.
 */
import { createKeyMatcher } from "./key-matcher.js";
import { walkLogRecord } from "./log-walk.js";
import type { LogColumns } from "./scan-columns.js";
import { createScanState, type ScanState, startScan } from "./scan-state.js";
import { type SectionScan, walkRequest } from "./section-walk.js";

/** Valid until the next scan by the same scanner. */
export interface LogScan extends SectionScan {
  readonly logCount: number;
  /** Records kept as of no trace or no span, because an id has the wrong length. */
  readonly oddLogIdCount: number;
  readonly logs: Readonly<LogColumns>;
}

export type LogScanResult =
  | { readonly kind: "scanned"; readonly scan: LogScan }
  /** `offset`: bytes from the start of the request to where it stopped making sense. */
  | { readonly kind: "malformed"; readonly reason: string; readonly offset: number };

export type LogScanner = (bytes: Uint8Array) => LogScanResult;

/** `wantedKeys`: attributes of log records to report as hits, at most 65,535. The scanner is not reentrant. */
export function createLogScanner(wantedKeys: readonly string[]): LogScanner {
  const state = createScanState(createKeyMatcher(wantedKeys));
  return (bytes) => {
    startScan(state, bytes);
    walkRequest(state, bytes.length, walkLogRecord);
    const { failure } = state.cursor;
    return failure === undefined
      ? { kind: "scanned", scan: scanOf(state) }
      : { kind: "malformed", ...failure };
  };
}

function scanOf(state: ScanState): LogScan {
  const { logs, sections, hits, resourceParts } = state;
  const { logCount, resourceCount, scopeCount, hitCount, oddLogIdCount, stringIndexCount } = state;
  const counts = { logCount, resourceCount, scopeCount, hitCount, oddLogIdCount, stringIndexCount };
  return { bytes: state.cursor.bytes, logs, sections, hits, resourceParts, ...counts };
}
