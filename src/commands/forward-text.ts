/** How forwarding is doing, in a line: when it changes, and for who asks. */
import type { ForwardStatus } from "../exporters/forward-status.js";
import { safeText } from "../jobscope/inspect/safe-text.js";
import { countText } from "../jobscope/model/count-text.js";

/** undefined: nothing that a person wants to be told of. */
export function forwardChangeText(
  status: ForwardStatus,
  before: ForwardStatus | undefined,
): string | undefined {
  const { state, name, reason, sentSpans } = status;
  if (before === undefined || state === before.state) {
    return before?.sentSpans === 0 && sentSpans > 0 && state === "ok"
      ? `forward: ${safeText(name)} has the first spans`
      : undefined;
  }
  switch (state) {
    case "ok":
      return `forward: ${safeText(name)} is back; what came meanwhile is being sent`;
    case "backoff":
      return `! forward: ${safeText(name)} does not take spans now: ${safeText(reason)}; they stay in the log and are tried again`;
    case "parked":
      return `! forward: ${safeText(name)} refuses: ${safeText(reason)}; nothing is dropped, it is asked again every minute`;
    case "unreadable":
      return `! forward: cannot read the log for ${safeText(name)}: ${safeText(reason)}`;
  }
}

/** `localhost:14317 (job): ok, 1,204 spans sent` */
export function forwardStateText(status: ForwardStatus): string {
  const { name, mode, state, reason, sentSpans, rejectedSpans, retries } = status;
  const facts = [
    reason === "" ? state : `${state}: ${safeText(reason)}`,
    `${countText(sentSpans)} spans sent`,
    rejectedSpans > 0 ? `${countText(rejectedSpans)} rejected` : "",
    retries > 0 ? `${countText(retries)} requests sent again` : "",
  ];
  return `${safeText(name)} (${mode}): ${facts.filter(Boolean).join(", ")}`;
}
