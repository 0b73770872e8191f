/** Clocks that disagree: a server's span before the call it answers, one that ends before it begins, one of another day. */
import { requestOf, type SpanFacts } from "../otlp-request.js";
import { attemptSpans, clock, type Mockup, status, workerRequest } from "./mockup-spans.js";

const JID = "c10c4c10c4c10c4c10c4c10c";
const DAY = 24 * 3600 * 1000;

const { root, sql, http, other } = attemptSpans({
  jid: JID,
  jobClass: "SyncJob",
  tag: "a005",
  start: clock("13:00:00.000"),
});

function spans(): readonly SpanFacts[] {
  return [
    root(120),
    {
      ...http(90, 9, "GET", "https://api.internal/items", status(200)),
      spanId: "a0050000000000ff",
    },
    sql(30, -2, "SELECT * FROM items WHERE id=1"),
    sql(40 - 2 * DAY, 3, "SELECT * FROM items WHERE id=2"),
  ];
}

function server(): readonly SpanFacts[] {
  return [{ ...other(6, 1, "Rack", "GET /items"), kind: 2, parentSpanId: "a0050000000000ff" }];
}

export const oddClocks: Mockup = {
  jid: JID,
  bodies: [
    workerRequest(spans(), { host: "worker-2", pid: 4121, thread: "2xk" }),
    requestOf(server(), { "service.name": "api", "host.name": "api-1", "process.pid": 9 }),
  ],
};
