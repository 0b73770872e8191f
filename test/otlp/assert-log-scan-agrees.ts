/** The scan and the full decode of one request of logs must tell the same, column by column. */
import assert from "node:assert/strict";
import {
  decodeLogRecord,
  decodeLogsRequest,
  decodeResource,
  type OtlpAnyValue,
  type OtlpLogRecord,
} from "../../src/otlp/decode.js";
import { createLogScanner, type LogScan } from "../../src/otlp/log-scan.js";
import {
  hitText,
  logBodyText,
  logNano,
  logSpanIdHex,
  logTraceIdHex,
  resourceBytes,
  scopeName,
  scopeVersion,
} from "../../src/otlp/scan-text.js";
import { WANTED_KEYS } from "./request-arbitrary.js";

const scanForWantedKeys = createLogScanner(WANTED_KEYS);

export function assertLogScanAgrees(bytes: Uint8Array): void {
  const result = scanForWantedKeys(bytes);
  assert.equal(result.kind, "scanned", JSON.stringify(result.kind === "malformed" && result));
  if (result.kind !== "scanned") return;
  const { scan } = result;
  const rows = rowsOf(bytes);
  assert.equal(scan.logCount, rows.logs.length);
  assert.equal(scan.resourceCount, rows.resources.length);
  assert.equal(scan.scopeCount, rows.scopes.length);
  for (const [row, resource] of rows.resources.entries())
    assert.deepEqual(decodeResource(resourceBytes(scan, row)), resource);
  for (const [row, scope] of rows.scopes.entries())
    assert.deepEqual({ name: scopeName(scan, row), version: scopeVersion(scan, row) }, scope);
  for (const [index, row] of rows.logs.entries()) assertLogAgrees(scan, index, row);
  assert.equal(scan.oddLogIdCount, rows.logs.filter(({ log }) => hasOddId(log)).length);
  assert.deepEqual(
    hitsOf(scan),
    rows.logs.flatMap(({ log }, index) => wantedOf(log, index)),
  );
}

interface LogRow {
  readonly log: OtlpLogRecord;
  readonly resource: number;
  readonly scope: number;
}

interface Rows {
  readonly resources: unknown[];
  readonly scopes: { readonly name: string; readonly version: string }[];
  readonly logs: LogRow[];
}

function rowsOf(bytes: Uint8Array): Rows {
  const rows: Rows = { resources: [], scopes: [], logs: [] };
  for (const { resource, scopeLogs } of decodeLogsRequest(bytes).resourceLogs) {
    rows.resources.push(resource ?? decodeResource(new Uint8Array(0)));
    for (const { scope, logRecords } of scopeLogs ?? []) {
      rows.scopes.push({ name: scope?.name ?? "", version: scope?.version ?? "" });
      const place = { resource: rows.resources.length - 1, scope: rows.scopes.length - 1 };
      for (const log of logRecords ?? []) rows.logs.push({ log: log as OtlpLogRecord, ...place });
    }
  }
  return rows;
}

function assertLogAgrees(scan: LogScan, index: number, { log, resource, scope }: LogRow): void {
  const { logs } = scan;
  const offset = logs.offset[index] ?? 0;
  const slice = scan.bytes.subarray(offset, offset + (logs.length[index] ?? 0));
  assert.deepEqual(decodeLogRecord(slice), log);
  assert.equal(logs.resource[index], resource);
  assert.equal(logs.scope[index], scope);
  assert.equal(logTraceIdHex(scan, index), idOf(log.traceId, 16));
  assert.equal(logSpanIdHex(scan, index), idOf(log.spanId, 8));
  const time = BigInt(String(log.timeUnixNano));
  assert.equal(logNano(scan, index), time === 0n ? BigInt(String(log.observedTimeUnixNano)) : time);
  assert.equal(logBodyText(scan, index), log.body?.stringValue ?? undefined);
}

interface Hit {
  readonly log: number | undefined;
  readonly key: string | undefined;
  readonly text: string | undefined;
}

function hitsOf(scan: LogScan): readonly Hit[] {
  return Array.from({ length: scan.hitCount }, (_, hit) => ({
    log: scan.hits.span[hit],
    key: WANTED_KEYS[scan.hits.key[hit] ?? -1],
    text: hitText(scan, hit),
  }));
}

function wantedOf(log: OtlpLogRecord, index: number): readonly Hit[] {
  return log.attributes
    .filter(({ key }) => WANTED_KEYS.includes(key ?? ""))
    .map(({ key, value }) => ({ log: index, key: key ?? "", text: textOf(value) }));
}

function textOf(value: OtlpAnyValue | null | undefined): string | undefined {
  if (value?.stringValue != null) return value.stringValue;
  return value?.intValue == null ? undefined : String(value.intValue);
}

function hasOddId({ traceId, spanId }: OtlpLogRecord): boolean {
  return ![0, 16].includes(traceId.length) || ![0, 8].includes(spanId.length);
}

function idOf(bytes: Uint8Array, length: number): string | undefined {
  const isValid = bytes.length === length && bytes.some((byte) => byte !== 0);
  return isValid ? Buffer.from(bytes).toString("hex") : undefined;
}
