/**
 * The newest spans of a store, from the newest batch back: as far as the time asked for, or until there are enough. Going
 * back keeps what matters when it is too much to read: the spans above others come later than these.
 */
import { type DurationNano, type UnixNano, unixNano } from "../../jobscope/model/time.js";
import type { JobStoreReader, StoredBatch } from "../../jobscope/store/job-store.js";
import { scanNodes } from "../scanned-nodes.js";
import { spansOf } from "../span-from-otlp.js";
import { type SeenSpan, type SenderFacts, seenSpanOf, senderFactsOf } from "./seen-span.js";

/** About a second of decoding. */
export const SPANS_MAX = 50_000;
/** Records without spans, one after another, before it is given up: deleted by age, damaged, or of logs. */
const WITHOUT_SPANS_MAX = 5000;

export interface SeenSpans {
  /** Of receipt; undefined: nothing was received. */
  readonly from: UnixNano | undefined;
  readonly to: UnixNano | undefined;
  readonly batchCount: number;
  readonly complete: boolean;
  readonly spans: readonly SeenSpan[];
}

export interface SeenQuestion {
  /** Before the newest batch of spans. */
  readonly since: DurationNano;
  readonly spansMax?: number;
  readonly onRead?: (spanCount: number) => void;
}

export async function readSeen(
  reader: JobStoreReader,
  { since, spansMax = SPANS_MAX, onRead }: SeenQuestion,
): Promise<SeenSpans> {
  const { endLsn } = await reader.info();
  const senders = new Map<string, SenderFacts>();
  const spans: SeenSpan[] = [];
  let from: UnixNano | undefined;
  let to: UnixNano | undefined;
  let batchCount = 0;
  let without = 0;
  let complete = true;
  for (let lsn = endLsn - 1; lsn >= 0 && without < WITHOUT_SPANS_MAX; lsn--) {
    const batch = await reader.read(lsn);
    if (batch?.signal !== "traces") {
      without++;
      continue;
    }
    without = 0;
    to ??= batch.receivedAt;
    if (batch.receivedAt < unixNano(to - since)) break;
    if (spans.length + batch.spanCount > spansMax && spans.length > 0) {
      complete = false;
      break;
    }
    from = batch.receivedAt;
    batchCount++;
    spans.push(...seenOf(batch, senders));
    onRead?.(spans.length);
  }
  return { from, to, batchCount, complete, spans };
}

/** `senders`: by resource, which a process sends the same every time. */
function* seenOf(batch: StoredBatch, senders: Map<string, SenderFacts>): Iterable<SeenSpan> {
  const spans = spansOf(batch.raw());
  // Both leave out what has invalid ids, and nothing else.
  for (const [at, node] of scanNodes(batch).entries()) {
    const span = spans[at];
    if (span === undefined) continue;
    const sender = senders.get(node.sender) ?? senderFactsOf(span.resource);
    senders.set(node.sender, sender);
    yield seenSpanOf(node, span, sender, batch.receivedAt);
  }
}
