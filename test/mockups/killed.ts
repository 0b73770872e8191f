/** A worker that was killed: the start record and the steps came, the job's own span never does. */
import { requestOf, type SpanFacts } from "../otlp-request.js";
import { attemptSpans, clock, type Mockup, rows, status, workerRequest } from "./mockup-spans.js";

const JID = "77ac03bd5e1946d0a2f1c8e4";

function spans(): readonly SpanFacts[] {
  const { sql, http, other } = attemptSpans({
    jid: JID,
    jobClass: "ImportCsvJob",
    tag: "c001",
    start: clock("09:10:52.690"),
  });
  return [
    other(0, 0, "jobtrace", "jobtrace.start", {
      attributes: {
        "jobtrace.class": "ImportCsvJob",
        "jobtrace.queue": "default",
        "jobtrace.worker": "worker-3:812",
        "jobtrace.retry": "true",
        "jobtrace.args": "[88]",
      },
    }),
    sql(8, 2, "SELECT * FROM imports WHERE id=88"),
    http(210, 1900, "GET", "https://files.internal/88.csv", status(200)),
    sql(2150, 0.4, "BEGIN"),
    ...Array.from({ length: 23 }, (_, at) =>
      sql(
        2160 + at * 517,
        at === 9 ? 516.9 : 511 + (at % 3),
        `INSERT INTO line_items (import_id, row) VALUES (88, ${at})`,
        rows(500),
      ),
    ),
  ].map((span) => ({ ...span, attributes: { ...span.attributes, "jobtrace.jid": JID } }));
}

/** The worker that came in place of it, with a job of its own. */
function afterwards(): Buffer {
  const { root, sql } = attemptSpans({
    jid: "d1".repeat(12),
    jobClass: "PingJob",
    tag: "c002",
    start: clock("09:11:19.000"),
  });
  return requestOf([root(20), sql(5, 2, "SELECT 1")], {
    "service.name": "shop-worker",
    "host.name": "worker-3",
    "process.pid": 977,
  });
}

export const killed: Mockup = {
  jid: JID,
  bodies: [workerRequest(spans(), { host: "worker-3", pid: 812, thread: "2xk" }), afterwards()],
};
