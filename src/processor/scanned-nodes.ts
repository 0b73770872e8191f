/** The wire scan's spans as grouping and indexing see them: classified, with ids as text, nothing decoded. */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import { unixNano } from "../jobscope/model/time.js";
import type { Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import {
  endNano,
  hitText,
  resourceBytes,
  scopeName,
  spanName,
  startNano,
} from "../otlp/scan-text.js";
import { createTraceScanner, type TraceScan } from "../otlp/trace-scan.js";
import { JOB_ATTRIBUTE_KEYS } from "./conventions.js";
import type { SpanNode } from "./job-grouping.js";
import { parentSpanIdOf, spanIdOf, traceIdOf } from "./scanned-ids.js";
import { jobSpanOf, type SpanFacts, stampOf } from "./job-span.js";

/** OTLP `SpanKind`. */
const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const KIND_PRODUCER = 4;
const KIND_CONSUMER = 5;

/** The scanner that looks for every attribute classification reads. Not reentrant: use a scan before the next. */
export const scanForJobs = createTraceScanner(JOB_ATTRIBUTE_KEYS);

/** A node and where its span is: `index` counts the spans of the batch. */
export interface ScannedNode extends SpanNode {
  readonly lsn: Lsn;
  readonly index: number;
}

/** The valid spans of these traces in one batch; of all traces when none are named. */
export function scanNodes(
  batch: StoredBatch,
  traceIds?: ReadonlySet<TraceId>,
): readonly ScannedNode[] {
  if (batch.signal !== "traces") return [];
  const result = scanForJobs(batch.raw());
  if (result.kind === "malformed") return [];
  const { scan } = result;
  const senders = new Map<number, string>();
  const nodes: ScannedNode[] = [];
  /** Spans of a trace and of a parent stand together: their ids are the text of the span before. */
  let traceIdBefore: TraceId | undefined;
  let parentBefore: SpanId | undefined;
  // Nearly every span of a batch is of another trace, and four bytes tell.
  const heads =
    traceIds && new Set([...traceIds].map((traceId) => Number.parseInt(traceId.slice(0, 8), 16)));
  forEachSpan(scan, (index, facts) => {
    if (heads?.has(scan.bytes.readUInt32BE(scan.spans.traceIdAt[index] ?? 0)) === false) return;
    const ownTraceId = traceIdOf(scan, index);
    const traceId = ownTraceId === traceIdBefore ? traceIdBefore : ownTraceId;
    if (traceIds?.has(traceId) === false) return;
    const resource = scan.spans.resource[index] ?? 0;
    const sender = senders.get(resource) ?? senderOf(scan, resource);
    senders.set(resource, sender);
    const kind = scan.spans.kind[index];
    const ownParent = parentSpanIdOf(scan, index);
    const parentSpanId = ownParent === parentBefore ? parentBefore : ownParent;
    traceIdBefore = traceId;
    parentBefore = parentSpanId;
    nodes.push({
      traceId,
      spanId: spanIdOf(scan, index),
      parentSpanId,
      start: unixNano(startNano(scan, index)),
      end: unixNano(endNano(scan, index)),
      isServer: kind === KIND_SERVER,
      isClient: kind === KIND_CLIENT,
      job: jobSpanOf(facts),
      stamp: stampOf(facts),
      sender,
      lsn: batch.lsn,
      index,
    });
  });
  return nodes;
}

/** Calls `visit` for each span with valid ids. `facts` are good until it returns. */
function forEachSpan(scan: TraceScan, visit: (index: number, facts: SpanFacts) => void): void {
  const facts = createScanFacts(scan);
  let hit = 0;
  for (let index = 0; index < scan.spanCount; index++) {
    const from = hit;
    hit = hitsEnd(scan, index, from);
    if (scan.spans.idsValid[index] === 1) visit(index, facts.of(index, from, hit));
  }
}

/** The same for only those spans that have an attribute which classification reads. */
export function forEachSpanWithHits(
  scan: TraceScan,
  visit: (index: number, facts: SpanFacts) => void,
): void {
  const facts = createScanFacts(scan);
  let hit = 0;
  while (hit < scan.hitCount) {
    const index = scan.hits.span[hit] ?? 0;
    const from = hit;
    hit = hitsEnd(scan, index, from);
    if (scan.spans.idsValid[index] === 1) visit(index, facts.of(index, from, hit));
  }
}

/** Hits stand in the order of their spans. */
function hitsEnd(scan: TraceScan, index: number, from: number): number {
  let hit = from;
  while (hit < scan.hitCount && scan.hits.span[hit] === index) hit++;
  return hit;
}

const KEY_INDEX: ReadonlyMap<string, number> = new Map(
  JOB_ATTRIBUTE_KEYS.map((key, index) => [key, index]),
);

/** One object for all spans of a scan, moved from span to span: making one for each costs as much as reading them. */
interface ScanFacts extends SpanFacts {
  of(index: number, hitFrom: number, hitTo: number): SpanFacts;
}

function createScanFacts(scan: TraceScan): ScanFacts {
  const { spans, hits } = scan;
  /** Of the scopes asked for: a batch has few, and every span has one. */
  const scopeNames: string[] = [];
  let index = 0;
  let from = 0;
  let to = 0;

  /** A repeated key's last value wins, as in the decoded span. */
  function lastHit(key: number | undefined): string | undefined {
    for (let hit = to - 1; hit >= from; hit--) if (hits.key[hit] === key) return hitText(scan, hit);
    return undefined;
  }

  const facts: ScanFacts = {
    of(nextIndex, hitFrom, hitTo) {
      index = nextIndex;
      from = hitFrom;
      to = hitTo;
      return facts;
    },
    get kind() {
      const kind = spans.kind[index];
      return kind === KIND_PRODUCER ? "producer" : kind === KIND_CONSUMER ? "consumer" : "other";
    },
    get isRoot() {
      return spans.parentIdAt[index] === 0;
    },
    get hasAttributes() {
      return to > from;
    },
    get scopeName() {
      const scope = spans.scope[index] ?? 0;
      return (scopeNames[scope] ??= scopeName(scan, scope));
    },
    get name() {
      return spanName(scan, index);
    },
    text(keys) {
      for (const key of keys) {
        const value = lastHit(KEY_INDEX.get(key));
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
  return facts;
}

/** Equal for spans of one process, because a process sends the same resource every time. */
function senderOf(scan: TraceScan, resource: number): string {
  return Buffer.from(resourceBytes(scan, resource)).toString("latin1");
}
