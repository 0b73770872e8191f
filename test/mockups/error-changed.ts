/** Three attempts; the second fails of what the first left behind. */
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

const JID = "8f3c1d0a9b7e4c2d51f0a6e3";
const JOB = { jid: JID, jobClass: "SendInvoiceJob" };

const FRAMES = [
  "/usr/lib/ruby/3.3.0/net/protocol.rb:229:in `rbuf_fill'",
  "/usr/lib/ruby/3.3.0/net/http.rb:1500:in `request'",
  "app/services/billing.rb:31:in `charge'",
  "app/jobs/send_invoice_job.rb:14:in `perform'",
  ...Array.from(
    { length: 20 },
    (_, at) => `/bundle/gems/sidekiq-8.1.7/lib/a.rb:${at + 1}:in 'call'`,
  ),
].join("\n");

const TIMEOUT = {
  type: "Net::ReadTimeout",
  message: "Net::ReadTimeout with #<TCPSocket:(closed)>",
  stacktrace: FRAMES,
};
const DUPLICATE = {
  type: "PG::UniqueViolation",
  message: 'ERROR:  duplicate key value violates unique constraint "index_invoices_on_order_id"',
  stacktrace: "app/jobs/send_invoice_job.rb:12:in `perform'",
};

function first(): readonly SpanFacts[] {
  const { root, sql, http } = attemptSpans({ ...JOB, tag: "a001", start: clock("09:14:02.000") });
  return [
    root(1040, {
      enqueued: clock("09:14:01.120"),
      error: TIMEOUT,
      attributes: { "jobtrace.retry": "25" },
    }),
    sql(4, 2, "SELECT * FROM orders WHERE id=9917"),
    sql(9, 0.4, "BEGIN"),
    sql(11, 3, "INSERT INTO invoices (order_id, total_cents) VALUES (9917, 1999)", rows(1)),
    sql(19, 3, "COMMIT"),
    http(31, 1000, "POST", "https://billing.internal/charge", { error: TIMEOUT }),
  ];
}

function later(
  tag: string,
  start: bigint,
  enqueued: bigint,
  took: number,
  retries: number,
): readonly SpanFacts[] {
  const { root, sql } = attemptSpans({ ...JOB, tag, start });
  return [
    root(took, {
      enqueued,
      error: DUPLICATE,
      attributes: { "jobtrace.retry": "25", "jobtrace.retry_count": retries },
    }),
    sql(4, 2, "SELECT * FROM orders WHERE id=9917"),
    sql(7, 0.4, "BEGIN"),
    sql(9, 3, "INSERT INTO invoices (order_id, total_cents) VALUES (9917, 1999)", {
      error: DUPLICATE,
    }),
    sql(13, 1, "ROLLBACK"),
  ];
}

export const errorChanged: Mockup = {
  jid: JID,
  bodies: [
    webRequest(
      webRequestSpans({
        tag: "e001",
        name: "POST /orders/:id/invoice",
        start: clock("09:14:01.100"),
        took: 40,
        pushes: [{ at: 20, jid: JID, jobClass: "SendInvoiceJob" }],
      }),
    ),
    workerRequest(first(), { host: "worker-2", pid: 4121, thread: "2xk" }),
    workerRequest(later("a002", clock("09:14:21.350"), clock("09:14:21.348"), 18, 0), {
      host: "worker-5",
      pid: 771,
      thread: "9ab",
    }),
    workerRequest(later("a003", clock("09:14:52.871"), clock("09:14:52.870"), 16, 1), {
      host: "worker-2",
      pid: 4121,
      thread: "2y0",
    }),
  ],
};
