/** The scan and the full decode of one request must tell the same, column by column. */
import assert from "node:assert/strict";
import {
  decodeRequest,
  decodeResource,
  decodeSpan,
  type OtlpAnyValue,
  type OtlpRequest,
  type OtlpSpan,
} from "../../src/otlp/decode.js";
import {
  endNano,
  hitText,
  parentIdHex,
  resourceBytes,
  scopeName,
  scopeVersion,
  spanIdHex,
  spanName,
  startNano,
  traceIdHex,
} from "../../src/otlp/scan-text.js";
import { createTraceScanner, type TraceScan } from "../../src/otlp/trace-scan.js";
import { WANTED_KEYS } from "./request-arbitrary.js";

const scanForWantedKeys = createTraceScanner(WANTED_KEYS);

export function assertScanAgrees(bytes: Uint8Array): void {
  const result = scanForWantedKeys(bytes);
  assert.equal(result.kind, "scanned", JSON.stringify(result.kind === "malformed" && result));
  if (result.kind !== "scanned") return;
  const { scan } = result;
  const rows = rowsOf(decodeRequest(bytes));
  assert.equal(scan.spanCount, rows.spans.length);
  assert.equal(scan.resourceCount, rows.resources.length);
  assert.equal(scan.scopeCount, rows.scopes.length);
  for (const [row, resource] of rows.resources.entries()) {
    assert.deepEqual(decodeResource(resourceBytes(scan, row)), resource);
  }
  for (const [row, scope] of rows.scopes.entries()) {
    assert.deepEqual({ name: scopeName(scan, row), version: scopeVersion(scan, row) }, scope);
  }
  for (const [index, row] of rows.spans.entries()) assertSpanAgrees(scan, index, row);
  const invalid = rows.spans.filter(({ span }) => !hasValidIds(span));
  assert.equal(scan.invalidSpanCount, invalid.length);
  assert.deepEqual(
    hitsOf(scan),
    rows.spans.flatMap(({ span }, index) => wantedOf(span, index)),
  );
}

interface SpanRow {
  readonly span: OtlpSpan;
  readonly resource: number;
  readonly scope: number;
}

interface Rows {
  readonly resources: unknown[];
  readonly scopes: { readonly name: string; readonly version: string }[];
  readonly spans: SpanRow[];
}

function rowsOf(request: OtlpRequest): Rows {
  const rows: Rows = { resources: [], scopes: [], spans: [] };
  for (const { resource, scopeSpans } of request.resourceSpans) {
    rows.resources.push(resource ?? decodeResource(new Uint8Array(0)));
    for (const { scope, spans } of scopeSpans ?? []) {
      rows.scopes.push({ name: scope?.name ?? "", version: scope?.version ?? "" });
      for (const span of spans ?? []) {
        const place = { resource: rows.resources.length - 1, scope: rows.scopes.length - 1 };
        rows.spans.push({ span: span as OtlpSpan, ...place });
      }
    }
  }
  return rows;
}

function assertSpanAgrees(
  scan: TraceScan,
  index: number,
  { span, resource, scope }: SpanRow,
): void {
  const { spans } = scan;
  const offset = spans.offset[index] ?? 0;
  const slice = scan.bytes.subarray(offset, offset + (spans.length[index] ?? 0));
  assert.deepEqual(decodeSpan(slice), span);
  assert.equal(spans.resource[index], resource);
  assert.equal(spans.scope[index], scope);
  assert.equal(spans.idsValid[index], hasValidIds(span) ? 1 : 0);
  if (hasValidIds(span)) {
    assert.equal(traceIdHex(scan, index), hex(span.traceId));
    assert.equal(spanIdHex(scan, index), hex(span.spanId));
  }
  const parent = isId(span.parentSpanId, 8) ? hex(span.parentSpanId) : undefined;
  assert.equal(parentIdHex(scan, index), parent);
  assert.equal(spanName(scan, index), span.name);
  assert.equal(spans.kind[index], Math.min(span.kind >>> 0, 255));
  assert.equal(spans.statusCode[index], Math.min((span.status?.code ?? 0) >>> 0, 255));
  assert.equal(startNano(scan, index), BigInt(String(span.startTimeUnixNano)));
  assert.equal(endNano(scan, index), BigInt(String(span.endTimeUnixNano)));
}

interface Hit {
  readonly span: number | undefined;
  readonly key: string | undefined;
  readonly text: string | undefined;
}

function hitsOf(scan: TraceScan): readonly Hit[] {
  return Array.from({ length: scan.hitCount }, (_, hit) => ({
    span: scan.hits.span[hit],
    key: WANTED_KEYS[scan.hits.key[hit] ?? -1],
    text: hitText(scan, hit),
  }));
}

function wantedOf(span: OtlpSpan, index: number): readonly Hit[] {
  return span.attributes
    .filter(({ key }) => WANTED_KEYS.includes(key ?? ""))
    .map(({ key, value }) => ({ span: index, key: key ?? "", text: textOf(value) }));
}

function textOf(value: OtlpAnyValue | null | undefined): string | undefined {
  if (value?.stringValue != null) return value.stringValue;
  return value?.intValue == null ? undefined : String(value.intValue);
}

function hasValidIds(span: OtlpSpan): boolean {
  return isId(span.traceId, 16) && isId(span.spanId, 8);
}

function isId(bytes: Uint8Array, length: number): boolean {
  return bytes.length === length && bytes.some((byte) => byte !== 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
