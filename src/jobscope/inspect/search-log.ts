/**
 * Looks through the log itself, newest batch first, for ids that no index holds: a span's, a batch's of Sidekiq Pro, and
 * the values of attributes that applications correlate by. A batch is scanned only when its bytes hold what is looked for.
 */
import { BATCH_ID } from "../../processor/conventions.js";
import { spanIdOf, traceIdOf } from "../../processor/scanned-ids.js";
import { spansOf } from "../../processor/span-from-otlp.js";
import { hitText } from "../../otlp/scan-text.js";
import { createTraceScanner, type TraceScan } from "../../otlp/trace-scan.js";
import { parseSpanId, type SpanId, type TraceId } from "../model/ids.js";
import type { UnixNano } from "../model/time.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../store/job-store.js";

/** Inflated bytes that are looked through, some six million spans: a few seconds. */
export const SEARCHED_BYTES_MAX = 4 * 1024 ** 3;
/** Of a correlation id that everything carries. */
const TRACES_MAX = 100;
/** Between two of them, what else the process has to do is done. */
const BATCHES_PER_TURN = 64;

export interface FoundSpan {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** "span_id", or the attribute that holds the id. */
  readonly key: string;
}

export interface LogSearch {
  /** At most one of each trace, newest first. */
  readonly spans: readonly FoundSpan[];
  readonly searched: Searched;
}

/** What was looked through, for who wants to know why nothing was found. */
export interface Searched {
  readonly keys: readonly string[];
  readonly batchCount: number;
  /** Receipt of the oldest batch that was looked at; undefined: there was none. */
  readonly oldest: UnixNano | undefined;
  /** Whether it was the whole store. */
  readonly isWhole: boolean;
}

export interface SearchOptions {
  /** Attributes whose value may be the id. */
  readonly keys: readonly string[];
  /** Whether the id may also be a span's or a batch's. */
  readonly forcesKeys?: boolean;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly bytesMax?: number;
}

export async function searchLog(
  reader: JobStoreReader,
  id: string,
  options: SearchOptions,
): Promise<LogSearch> {
  const wanted = wantedOf(id, options);
  const { firstLsn, endLsn, batchCount: total } = await reader.info();
  const bytesMax = options.bytesMax ?? SEARCHED_BYTES_MAX;
  const byTrace = new Map<TraceId, FoundSpan>();
  let bytes = 0;
  let batchCount = 0;
  let oldest: UnixNano | undefined;
  let lsn: Lsn = endLsn - 1;
  for (; lsn >= firstLsn && bytes < bytesMax && byTrace.size < TRACES_MAX; lsn--) {
    const batch = await reader.read(lsn);
    if (batch === undefined) continue;
    batchCount++;
    oldest = batch.receivedAt;
    bytes += look(batch, wanted, byTrace);
    // There is one span of an id; what carries a correlation id may be many.
    if ([...byTrace.values()].some(({ key }) => key === "span_id")) break;
    if (batchCount % BATCHES_PER_TURN === 0) {
      options.onProgress?.(batchCount, total);
      await new Promise(setImmediate);
    }
  }
  return {
    spans: [...byTrace.values()],
    searched: { keys: options.keys, batchCount, oldest, isWhole: lsn < firstLsn },
  };
}

interface Wanted {
  readonly id: string;
  readonly spanId: SpanId | undefined;
  readonly keys: readonly string[];
  readonly scan: ReturnType<typeof createTraceScanner>;
  /** What the bytes of a batch with the id hold; none: they do not tell. */
  readonly needles: readonly Buffer[];
}

function wantedOf(id: string, { keys, forcesKeys = false }: SearchOptions): Wanted {
  const spanId = forcesKeys ? undefined : parseSpanId(id);
  const all = forcesKeys ? keys : [...BATCH_ID, ...keys];
  return {
    id,
    spanId,
    keys: all,
    scan: createTraceScanner(all),
    // An attribute may be a number, which is written in another way.
    needles: /^-?\d{1,19}$/.test(id)
      ? []
      : [Buffer.from(id), ...(spanId === undefined ? [] : [Buffer.from(spanId, "hex")])],
  };
}

/** Bytes that were looked at. */
function look(batch: StoredBatch, wanted: Wanted, byTrace: Map<TraceId, FoundSpan>): number {
  if (batch.spanCount === 0) return 0;
  const raw = batch.raw();
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const { needles } = wanted;
  if (needles.length > 0 && !needles.some((needle) => bytes.includes(needle))) return raw.length;
  const result = wanted.scan(raw);
  if (result.kind === "malformed") return raw.length;
  for (const found of spansWith(result.scan, raw, wanted))
    if (!byTrace.has(found.traceId)) byTrace.set(found.traceId, found);
  return raw.length;
}

function spansWith(scan: TraceScan, raw: Uint8Array, wanted: Wanted): readonly FoundSpan[] {
  const { id, spanId, keys } = wanted;
  const found: FoundSpan[] = [];
  const add = (span: number, key: string): void => {
    if (scan.spans.idsValid[span] === 1)
      found.push({ traceId: traceIdOf(scan, span), spanId: spanIdOf(scan, span), key });
  };
  if (spanId !== undefined) {
    for (let span = 0; span < scan.spanCount; span++)
      if (scan.spans.idsValid[span] === 1 && spanIdOf(scan, span) === spanId) add(span, "span_id");
  }
  const lists = new Map<number, string>();
  for (let hit = 0; hit < scan.hitCount; hit++) {
    const span = scan.hits.span[hit] ?? 0;
    const key = keys[scan.hits.key[hit] ?? 0] ?? "";
    const text = hitText(scan, hit);
    if (text === id) add(span, key);
    else if (text === undefined) lists.set(span, key);
  }
  return [...found, ...spansWithLists(raw, lists, id)];
}

/** Headers of requests are lists of texts. */
function spansWithLists(
  raw: Uint8Array,
  lists: ReadonlyMap<number, string>,
  id: string,
): readonly FoundSpan[] {
  if (lists.size === 0) return [];
  const indexes: number[] = [];
  const spans = spansOf(raw, (index) => {
    if (lists.has(index)) indexes.push(index);
    return lists.has(index);
  });
  return spans.flatMap(({ traceId, spanId, attributes }, at) => {
    const key = lists.get(indexes[at] ?? -1) ?? "";
    const value = attributes.get(key);
    return Array.isArray(value) && value.includes(id) ? [{ traceId, spanId, key }] : [];
  });
}
