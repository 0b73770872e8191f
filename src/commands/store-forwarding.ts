/** What `store info` says of forwarding: for each peer how far it is, and what is still before it. */
import { readStatuses } from "../exporters/forward-status-file.js";
import type { ForwardStatus } from "../exporters/forward-status.js";
import { between, formatInstant, NANOS_PER_SECOND } from "../jobscope/model/time.js";
import { countText } from "../jobscope/model/count-text.js";
import { type LogBacklog, logBacklog } from "../jobscope/store/log-backlog.js";
import { indexBatch } from "../processor/batch-index.js";
import { forwardStateText } from "./forward-text.js";
import { sizeText } from "./size-text.js";

export interface PeerProgress {
  readonly status: ForwardStatus;
  readonly backlog: LogBacklog;
  /** From the receipt of the first span that is still to be sent to that of the newest in the store. Seconds. */
  readonly behindSeconds: number;
}

/** As each peer's thread has written it down; a second old at most while a collector is running. */
export function forwardProgress(store: string): Promise<readonly PeerProgress[]> {
  return progressOf(store, readStatuses(store));
}

/** What a running collector says of itself. */
export async function forwardHealth(
  store: string,
  statuses: readonly ForwardStatus[],
): Promise<readonly string[]> {
  return (await progressOf(store, statuses)).map(progressText);
}

async function progressOf(
  store: string,
  statuses: readonly ForwardStatus[],
): Promise<readonly PeerProgress[]> {
  const peers: PeerProgress[] = [];
  for (const status of statuses) {
    const backlog = await logBacklog(store, indexBatch, status.next);
    const { oldest, newest } = backlog;
    const behind =
      oldest === undefined || newest === undefined || newest < oldest
        ? 0n
        : between(oldest, newest);
    peers.push({ status, backlog, behindSeconds: Number(behind / NANOS_PER_SECOND) });
  }
  return peers;
}

export function forwardLines(peers: readonly PeerProgress[]): readonly string[] {
  return peers.map((peer) => `forward   ${progressText(peer)}`);
}

function progressText({ status, backlog, behindSeconds }: PeerProgress): string {
  const { spanCount, bytes } = backlog;
  const behind =
    spanCount === 0
      ? "nothing behind"
      : `${countText(spanCount)} spans, ${sizeText(bytes)}, ${countText(behindSeconds)}s behind`;
  return `${forwardStateText(status)}; ${behind}`;
}

export function forwardJson(peers: readonly PeerProgress[]): readonly Record<string, unknown>[] {
  return peers.map(({ status, backlog, behindSeconds }) => ({
    name: status.name,
    mode: status.mode,
    state: status.state,
    reason: status.reason === "" ? null : status.reason,
    since: formatInstant(status.since),
    next_lsn: status.next,
    sent_spans: status.sentSpans,
    rejected_spans: status.rejectedSpans,
    retries: status.retries,
    last_success_at:
      status.lastSuccessAt === undefined ? null : formatInstant(status.lastSuccessAt),
    behind_spans: backlog.spanCount,
    behind_bytes: backlog.bytes,
    behind_seconds: behindSeconds,
  }));
}
