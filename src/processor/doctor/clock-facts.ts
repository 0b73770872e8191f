/** Whether the clocks of who pushes and who runs agree: a job cannot start before it is pushed. */
import type { ClockFacts } from "../../jobscope/model/doctor/received-facts.js";
import { between } from "../../jobscope/model/time.js";
import type { SeenSpan } from "./seen-span.js";

export function clockFacts(spans: readonly SeenSpan[]): ClockFacts | undefined {
  const pushes = firstByJid(spans, "enqueue");
  let worst: ClockFacts | undefined;
  let jobs = 0;
  for (const [jid, attempt] of firstByJid(spans, "attempt")) {
    const push = pushes.get(jid);
    if (push === undefined || push.node.sender === attempt.node.sender) continue;
    // Pushed anew by an attempt of its own, as an iterating job does: the first push was not seen.
    if (push.node.start > attempt.node.start && push.node.start <= attempt.node.end) {
      if (push.node.traceId === attempt.node.traceId && attempt.node.parentSpanId === undefined)
        continue;
    }
    jobs++;
    const shortest = between(push.node.start, attempt.node.start);
    if (worst === undefined || shortest < worst.shortest)
      worst = { jobs, shortest, pusher: nameOf(push), worker: nameOf(attempt), jid };
  }
  return worst && { ...worst, jobs };
}

function nameOf({ sender }: SeenSpan): string {
  return sender.service ?? `pid ${sender.pid ?? "unknown"}`;
}

function firstByJid(
  spans: readonly SeenSpan[],
  role: "enqueue" | "attempt",
): ReadonlyMap<string, SeenSpan> {
  const first = new Map<string, SeenSpan>();
  for (const span of spans) {
    const { job, start } = span.node;
    if (job?.role !== role) continue;
    const known = first.get(job.jid);
    if (known === undefined || start < known.node.start) first.set(job.jid, span);
  }
  return first;
}
