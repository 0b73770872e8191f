/** How forwarding to one peer is doing: what a person asks for. A pure function of what has happened. */
import type { UnixNano } from "../jobscope/model/time.js";
import type { Lsn } from "../jobscope/store/job-store.js";
import type { ForwardMode } from "./forward-target.js";
import type { ForwardChange } from "./forwarder.js";

export type ForwardState =
  | "ok"
  /** The peer does not answer, or not now; it is tried again by itself. */
  | "backoff"
  /** The peer refuses whatever is sent: somebody has to look. Tried again every minute. */
  | "parked"
  /** The log cannot be read. */
  | "unreadable";

export interface ForwardStatus {
  /** Of the peer: `localhost:14317`. */
  readonly name: string;
  readonly mode: ForwardMode;
  readonly state: ForwardState;
  /** Why it is not ok; "" when it is. */
  readonly reason: string;
  /** Of the state. */
  readonly since: UnixNano;
  /** The first record that is still to be sent. */
  readonly next: Lsn;
  readonly sentSpans: number;
  /** Requests that had to be sent again. */
  readonly retries: number;
  /** Given up one by one and kept aside, or rejected by a peer that took the rest. */
  readonly rejectedSpans: number;
  readonly lastSuccessAt: UnixNano | undefined;
}

export function firstStatus(
  peer: Pick<ForwardStatus, "name" | "mode" | "next">,
  now: UnixNano,
): ForwardStatus {
  const counts = { sentSpans: 0, retries: 0, rejectedSpans: 0, lastSuccessAt: undefined };
  return { ...peer, ...counts, state: "ok", reason: "", since: now };
}

export function statusAfter(
  status: ForwardStatus,
  change: ForwardChange,
  now: UnixNano,
): ForwardStatus {
  switch (change.kind) {
    case "moved":
      return { ...status, next: change.next };
    case "unreadable":
      return inState(status, "unreadable", change.reason, now);
    case "rejected":
      return { ...status, rejectedSpans: status.rejectedSpans + 1 };
    case "outcome":
      return afterOutcome(status, change, now);
  }
}

function afterOutcome(
  status: ForwardStatus,
  { outcome, spans }: Extract<ForwardChange, { kind: "outcome" }>,
  now: UnixNano,
): ForwardStatus {
  switch (outcome.kind) {
    case "accepted": {
      const counted = {
        ...status,
        sentSpans: status.sentSpans + spans - outcome.rejectedSpans,
        rejectedSpans: status.rejectedSpans + outcome.rejectedSpans,
        lastSuccessAt: now,
      };
      return inState(counted, "ok", "", now);
    }
    case "retry":
      return inState({ ...status, retries: status.retries + 1 }, "backoff", outcome.reason, now);
    case "blocked":
      return inState({ ...status, retries: status.retries + 1 }, "parked", outcome.reason, now);
    // It is taken apart, which ends in one of the others.
    case "too_large":
    case "refused":
      return status;
  }
}

function inState(
  status: ForwardStatus,
  state: ForwardState,
  reason: string,
  now: UnixNano,
): ForwardStatus {
  return { ...status, state, reason, since: status.state === state ? status.since : now };
}
