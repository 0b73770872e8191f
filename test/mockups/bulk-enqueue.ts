/** `perform_bulk` of 1,000 jobs, then one job for later and its list of values cut by the instrumentation. */
import type { SpanFacts } from "../otlp-request.js";
import { attemptSpans, clock, type Mockup, workerRequest } from "./mockup-spans.js";

const JID = "b01cb01cb01cb01cb01cb01c";
const COUNT = 1000;
/** Where the instrumentation of Redis cuts a statement. Characters. */
const STATEMENT_MAX = 500;

function spans(): readonly SpanFacts[] {
  const { root, sql, redis, push } = attemptSpans({
    jid: JID,
    jobClass: "NightlyJob",
    tag: "a006",
    start: clock("02:00:00.000"),
  });
  const pushes = Array.from({ length: COUNT }, (_, at) =>
    push(10 + at / 10, 0.05, (0xabc000 + at).toString(16).padStart(24, "0"), "SendReceiptJob"),
  );
  const write = `SADD ? ?\nLPUSH ?${" ?".repeat(COUNT)}`.slice(0, STATEMENT_MAX);
  return [
    root(200),
    sql(2, 3, "SELECT id FROM orders WHERE state='paid'"),
    ...pushes,
    redis(115, 12, write),
    push(140, 0.1, "ffffffffffffffffffffffff", "CleanUpJob"),
    redis(140.5, 0.4, "ZADD ? ? ?"),
  ];
}

export const bulkEnqueue: Mockup = {
  jid: JID,
  bodies: [workerRequest(spans(), { host: "worker-2", pid: 4121, thread: "2xk" })],
};
