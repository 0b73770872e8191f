/** A job that a web request enqueued and that enqueues two: one before its transaction is committed, for later. */
import type { SpanFacts } from "../otlp-request.js";
import {
  attemptSpans,
  clock,
  type Mockup,
  rows,
  webRequest,
  webRequestSpans,
  workerRequest,
} from "./mockup-spans.js";

const JID = "5d0e44a19c3b4f71b6a2e9d8";
const CRM = "9a20f7c3d1e84b5f8a6c0b12";
const RECEIPT = "4be1d2a0c9f34e7d9b5a1f60";
const START = clock("09:12:12.350");

function spans(): readonly SpanFacts[] {
  const { root, sql, redis, push } = attemptSpans({
    jid: JID,
    jobClass: "CheckoutJob",
    tag: "d001",
    start: START,
  });
  // `perform_in(5.minutes)`, with the statements of Redis recorded as they were.
  const due = Number(START / 1_000_000n) / 1000 + 0.03 + 300;
  return [
    root(220, { enqueued: clock("09:12:11.040") }),
    sql(6, 3, "SELECT * FROM carts WHERE id=311"),
    sql(12, 0.4, "BEGIN"),
    sql(14, 4, "INSERT INTO orders (cart_id) VALUES (311)", rows(1)),
    sql(22, 2, "UPDATE carts SET state='closed' WHERE id=311", rows(1)),
    push(30, 1, CRM, "SyncCrmJob"),
    redis(31.5, 0.4, `ZADD schedule ${due} {"class":"SyncCrmJob"}`),
    sql(41, 6, "COMMIT"),
    push(120, 1, RECEIPT, "SendReceiptJob"),
    redis(121.5, 0.4, "SADD ? ?\nLPUSH ? ?"),
  ];
}

function receipt(): readonly SpanFacts[] {
  const { root, sql } = attemptSpans({
    jid: RECEIPT,
    jobClass: "SendReceiptJob",
    tag: "d002",
    start: START + 461_000_000n,
  });
  return [
    root(61, { enqueued: START + 121_000_000n }),
    sql(5, 2, "SELECT * FROM orders WHERE id=1"),
  ];
}

export const enqueues: Mockup = {
  jid: JID,
  bodies: [
    webRequest(
      webRequestSpans({
        tag: "e002",
        name: "POST /checkout",
        start: clock("09:12:11.010"),
        took: 88,
        pushes: [{ at: 30, jid: JID, jobClass: "CheckoutJob" }],
        attributes: { request_id: "7e1c-04" },
      }),
    ),
    workerRequest(spans(), { host: "worker-2", pid: 4121, thread: "2xk" }),
    workerRequest(receipt(), { host: "worker-2", pid: 4121, thread: "2y0" }),
  ],
};
