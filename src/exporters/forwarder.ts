/**
 * Sends the log to one peer from a durable cursor on: the log is the queue, so a peer that is away costs no memory and no
 * span. At least once: after a crash what was sent since the cursor was last saved is sent again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lsn } from "../jobscope/store/job-store.js";
import { deliver, type DeliverOptions } from "./deliver.js";
import type { ForwardChunk, ForwardSource } from "./forward-source.js";
import type { SendOutcome } from "./send-outcome.js";
import type { Sender } from "./sender.js";

export interface ForwarderOptions {
  readonly source: ForwardSource;
  readonly sender: Sender;
  /** Where to begin. */
  readonly from: Lsn;
  /** Makes durable how far it has come: everything before is through. */
  readonly save: (next: Lsn) => void;
  readonly onChange: (change: ForwardChange) => void;
  readonly onRejected: DeliverOptions["onRejected"];
  readonly random?: () => number;
}

export type ForwardChange =
  | { readonly kind: "outcome"; readonly outcome: SendOutcome; readonly spans: number }
  /** All before `next` is through. */
  | { readonly kind: "moved"; readonly next: Lsn }
  /** The log cannot be read; it is tried again. */
  | { readonly kind: "unreadable"; readonly reason: string };

export interface Forwarder {
  /** There may be more in the log. */
  wake(): void;
  /** Waits a moment for what is under way, then gives up on it; saves how far it came. */
  stop(): Promise<void>;
}

/** Requests under way at once. */
const WINDOW = 4;

/** Below the 4 MiB that gRPC servers take unless told otherwise. Of one request, inflated. */
const REQUEST_BYTES_MAX = 3.5 * 1024 * 1024;
const REQUEST_BYTES_MIN = 4096;

/** Between two checkpoints, whichever comes first. */
const CHECKPOINT_SPANS = 1000;
const CHECKPOINT_MS = 1000;

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
  const giveUp = new AbortController();
  const stopping = new AbortController();
  let bytesMax = REQUEST_BYTES_MAX;
  let wake = new AbortController();
  let saved = options.from;
  let unsavedSpans = 0;
  let savedAt = performance.now();

  const deliverOptions: DeliverOptions = {
    sender: options.sender,
    signal: giveUp.signal,
    random: options.random ?? Math.random,
    onRejected: options.onRejected,
    onOutcome(outcome, spans) {
      options.onChange({ kind: "outcome", outcome, spans });
    },
    onTooLarge(bytes) {
      bytesMax = Math.max(REQUEST_BYTES_MIN, Math.min(bytesMax, Math.floor(bytes / 2)));
    },
  };

  async function nextChunk(from: Lsn): Promise<ForwardChunk | undefined> {
    try {
      return await options.source.next(from, bytesMax);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onChange({ kind: "unreadable", reason });
      return undefined;
    }
  }

  async function deliverAll({ deliveries }: ForwardChunk): Promise<boolean> {
    for (const delivery of deliveries) if (!(await deliver(delivery, deliverOptions))) return false;
    return true;
  }

  /** `isIdle`: nothing is under way, so this is the time to write down how far it is. */
  function checkpoint(next: Lsn, isIdle: boolean): void {
    const isDue =
      unsavedSpans >= CHECKPOINT_SPANS || performance.now() - savedAt >= CHECKPOINT_MS || isIdle;
    if (next === saved || !isDue) return;
    options.save(next);
    saved = next;
    unsavedSpans = 0;
    savedAt = performance.now();
  }

  async function idle(): Promise<void> {
    await sleep(POLL_MS, undefined, {
      signal: AbortSignal.any([wake.signal, stopping.signal]),
    }).catch(() => undefined);
  }

  async function run(): Promise<void> {
    let read = options.from;
    let through = options.from;
    const underway: Underway[] = [];
    for (;;) {
      wake = new AbortController();
      while (underway.length < WINDOW && !stopping.signal.aborted) {
        const chunk = await nextChunk(read);
        if (chunk === undefined) break;
        read = chunk.next;
        const spans = chunk.deliveries.reduce((sum, each) => sum + each.spans, 0);
        underway.push({ next: read, spans, isThrough: deliverAll(chunk) });
      }
      const first = underway.shift();
      if (first === undefined) {
        checkpoint(through, true);
        if (stopping.signal.aborted) return;
        await idle();
        continue;
      }
      // Later ones may be through before; the cursor only ever stands behind what is.
      if (!(await first.isThrough)) break;
      through = first.next;
      unsavedSpans += first.spans;
      options.onChange({ kind: "moved", next: through });
      checkpoint(through, false);
    }
    checkpoint(through, true);
  }

  const ended = run();
  return {
    wake: () => wake.abort(),
    async stop() {
      stopping.abort();
      const timer = setTimeout(() => giveUp.abort(), STOP_MS);
      await ended;
      clearTimeout(timer);
      options.sender.close();
    },
  };
}
