/** Three calls at the same time, and a span whose parent never came. */
import type { SpanFacts } from "../otlp-request.js";
import { attemptSpans, clock, type Mockup, status, workerRequest } from "./mockup-spans.js";

const JID = "31c0ffee31c0ffee31c0ffee";

function spans(): readonly SpanFacts[] {
  const { root, sql, http } = attemptSpans({
    jid: JID,
    jobClass: "QuoteJob",
    tag: "a004",
    start: clock("11:00:00.000"),
  });
  return [
    root(480),
    sql(5, 3, "SELECT * FROM quotes WHERE id=7"),
    http(52.1, 40, "GET", "https://tax.internal/rates", status(200)),
    http(52.4, 35, "GET", "https://fx.internal/usd", status(200)),
    http(53, 61, "GET", "https://promo.internal/9", status(404)),
    sql(420, 4, "UPDATE quotes SET total=1 WHERE id=7", { parentSpanId: "4fd1a2b3c4d5e6f7" }),
    sql(426, 4, "UPDATE quotes SET state='done' WHERE id=7", { parentSpanId: "4fd1a2b3c4d5e6f7" }),
  ];
}

export const threeAtOnce: Mockup = {
  jid: JID,
  bodies: [workerRequest(spans(), { host: "worker-2", pid: 4121, thread: "2xk" })],
};
