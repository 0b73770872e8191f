/**
 * Sends the log to one peer from a durable cursor on: the log is the queue, so a peer that is away costs no memory and no
 * span. At least once: after a crash what was sent since the cursor was last saved is sent again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CursorFile } from "../jobscope/store/cursor-file.js";
import type { Lsn } from "../jobscope/store/job-store.js";
import { createCheckpoints } from "./checkpoints.js";
import { deliver, type DeliverOptions } from "./deliver.js";
import type { ForwardChunk, ForwardSource } from "./forward-source.js";
import type { SendOutcome } from "./send-outcome.js";
import type { Sender } from "./sender.js";

export interface ForwarderOptions {
  readonly source: ForwardSource;
  readonly sender: Sender;
  /** Where to begin. */
  readonly from: Lsn;
  /** Where it is kept how far it has come: everything before is through. */
  readonly cursor: Pick<CursorFile, "save" | "sync">;
  readonly onChange: (change: ForwardChange) => void;
  readonly onRejected: DeliverOptions["onRejected"];
  readonly random?: () => number;
}

export type ForwardChange =
  | { readonly kind: "outcome"; readonly outcome: SendOutcome; readonly spans: number }
  /** All before `next` is through. */
  | { readonly kind: "moved"; readonly next: Lsn }
  /** One span was given up. */
  | { readonly kind: "rejected"; readonly code: string; readonly reason: string }
  /** The log cannot be read; it is tried again. */
  | { readonly kind: "unreadable"; readonly reason: string };

export interface Forwarder {
  /** There may be more in the log. */
  wake(): void;
  /** Waits a moment for answers to what was sent, then gives up on them; saves how far it came. */
  stop(): Promise<void>;
}

/** Requests under way at once. */
const WINDOW = 4;

/** Below the 4 MiB that gRPC servers take unless told otherwise. Of one request, inflated. */
const REQUEST_BYTES_MAX = 3.5 * 1024 * 1024;
const REQUEST_BYTES_MIN = 4096;

/** When nobody says that there is more. */
const POLL_MS = 1000;

/** For answers to what is under way when it is stopped. */
const STOP_MS = 5000;

interface Underway {
  readonly next: Lsn;
  readonly spans: number;
  readonly isThrough: Promise<boolean>;
}

export function startForwarder(options: ForwarderOptions): Forwarder {
  const stopping = new AbortController();
  const checkpoints = createCheckpoints(options.from, options.cursor);
  const deliverChunk = chunkDeliverer(options, stopping.signal);
  let wake = new AbortController();

  async function idle(): Promise<void> {
    const signal = AbortSignal.any([wake.signal, stopping.signal]);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }

  async function run(): Promise<void> {
    let read = options.from;
    const underway: Underway[] = [];
    for (;;) {
      wake = new AbortController();
      while (underway.length < WINDOW && !stopping.signal.aborted) {
        const chunk = await deliverChunk.next(read);
        if (chunk === undefined) break;
        read = chunk.next;
        underway.push(chunk);
      }
      const first = underway.shift();
      if (first === undefined) {
        checkpoints.settle();
        if (stopping.signal.aborted) return;
        await idle();
        continue;
      }
      // Later ones may be through before; the cursor only ever stands behind what is.
      if (!(await first.isThrough)) break;
      options.onChange({ kind: "moved", next: first.next });
      checkpoints.moved(first.next, first.spans);
    }
    checkpoints.settle();
  }

  const ended = run();
  return {
    wake: () => wake.abort(),
    async stop() {
      stopping.abort();
      const patience = new AbortController();
      await Promise.race([
        ended,
        sleep(STOP_MS, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      options.sender.close();
      await ended;
    },
  };
}

/** Takes the next chunk from the source and sets out with it. */
function chunkDeliverer(
  { source, sender, onChange, onRejected, random = Math.random }: ForwarderOptions,
  signal: AbortSignal,
): { next(from: Lsn): Promise<Underway | undefined> } {
  let bytesMax = REQUEST_BYTES_MAX;
  const deliverOptions: DeliverOptions = {
    sender,
    signal,
    random,
    onRejected(request, code, reason) {
      onRejected(request, code, reason);
      onChange({ kind: "rejected", code, reason });
    },
    onOutcome: (outcome, spans) => onChange({ kind: "outcome", outcome, spans }),
    onTooLarge(bytes) {
      bytesMax = Math.max(REQUEST_BYTES_MIN, Math.min(bytesMax, Math.floor(bytes / 2)));
    },
  };

  async function deliverAll({ deliveries }: ForwardChunk): Promise<boolean> {
    for (const delivery of deliveries) if (!(await deliver(delivery, deliverOptions))) return false;
    return true;
  }

  return {
    async next(from) {
      try {
        const chunk = await source.next(from, bytesMax);
        if (chunk === undefined) return undefined;
        const spans = chunk.deliveries.reduce((sum, each) => sum + each.spans, 0);
        return { next: chunk.next, spans, isThrough: deliverAll(chunk) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        onChange({ kind: "unreadable", reason });
        return undefined;
      }
    },
  };
}
