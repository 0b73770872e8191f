/**
 * One request to one peer until it is settled: sent again while the peer is away, taken apart when something in it is
 * refused, so that one bad span costs its neighbours nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  requestBytes,
  type ResourcePart,
  spanCount,
  splitParts,
  writeRequest,
} from "../otlp/request-parts.js";
import { backoffMs } from "./backoff.js";
import type { SendOutcome } from "./send-outcome.js";
import type { OutgoingRequest, Sender } from "./sender.js";

/** A request that is to be delivered, as it is sent and as it can be taken apart. */
export interface Delivery {
  readonly request: OutgoingRequest;
  readonly spans: number;
  readonly parts: () => readonly ResourcePart[];
}

export interface DeliverOptions {
  readonly sender: Sender;
  /** Told of each answer but "accepted" without a word, and of each request that is through. */
  readonly onOutcome: (outcome: SendOutcome, spans: number) => void;
  /** A request of that many bytes, inflated, was too much. */
  readonly onTooLarge: (bytes: number) => void;
  /** One span that the peer does not take: the only ones that are given up. */
  readonly onRejected: (request: Buffer, code: string, reason: string) => void;
  /** Ends waiting, and nothing more is sent: what is not through stays to be sent. */
  readonly signal: AbortSignal;
  readonly random: () => number;
}

/** A peer whose set-up refuses everything is asked again after this: somebody may have mended it. Milliseconds. */
const PARKED_MS = 60_000;

/** Resolves with false when it was stopped before all was through. Never rejects. */
export async function deliver(delivery: Delivery, options: DeliverOptions): Promise<boolean> {
  const { sender, signal } = options;
  for (let failures = 0; ; ) {
    if (signal.aborted) return false;
    const outcome = await sender.send(delivery.request);
    options.onOutcome(outcome, delivery.spans);
    switch (outcome.kind) {
      case "accepted":
        return true;
      case "retry":
        failures++;
        if (
          !(await waited(Math.max(backoffMs(failures, options.random()), outcome.afterMs), signal))
        )
          return false;
        break;
      case "blocked":
        if (!(await waited(PARKED_MS, signal))) return false;
        break;
      case "too_large":
      case "refused":
        return takeApart(delivery, outcome, options);
    }
  }
}

/** Halves it until what is refused stands alone: of 512 spans one bad one costs 18 requests more. */
async function takeApart(
  delivery: Delivery,
  outcome: Extract<SendOutcome, { kind: "too_large" | "refused" }>,
  options: DeliverOptions,
): Promise<boolean> {
  const parts = delivery.parts();
  const spans = spanCount(parts);
  if (outcome.kind === "too_large" && spans > 1) options.onTooLarge(requestBytes(parts));
  if (spans <= 1) {
    const code = outcome.kind === "too_large" ? "too large" : outcome.code;
    options.onRejected(writeRequest(parts), code, outcome.reason);
    return true;
  }
  for (const half of splitParts(parts, Math.ceil(spans / 2)))
    if (!(await deliver(deliveryOf(half), options))) return false;
  return true;
}

export function deliveryOf(parts: readonly ResourcePart[]): Delivery {
  return {
    request: { body: writeRequest(parts), codec: "identity" },
    spans: spanCount(parts),
    parts: () => parts,
  };
}

/** As few requests as have at most `bytesMax` each; a single span may be larger. */
export function deliveriesOf(
  parts: readonly ResourcePart[],
  bytesMax: number,
): readonly Delivery[] {
  const spans = spanCount(parts);
  if (spans === 0) return [];
  if (spans === 1 || requestBytes(parts) <= bytesMax) return [deliveryOf(parts)];
  return splitParts(parts, Math.ceil(spans / 2)).flatMap((half) => deliveriesOf(half, bytesMax));
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
