/** A query for each of 400 rows. */
import type { SpanFacts } from "../otlp-request.js";
import {
  attemptSpans,
  clock,
  type Mockup,
  returned,
  status,
  workerRequest,
} from "./mockup-spans.js";

const JID = "e21b90c4d7f84a35930d1c6b";

function spans(): readonly SpanFacts[] {
  const { root, sql, http, other } = attemptSpans({
    jid: JID,
    jobClass: "MonthlyReportJob",
    tag: "f001",
    start: clock("06:00:00.000"),
  });
  let at = 15;
  const queries = Array.from({ length: 400 }, (_, index) => {
    const took = index === 247 ? 61 : index % 20 === 0 ? 11.5 : 4.17 + (index % 5) / 20;
    const query = sql(at, took, `SELECT * FROM line_items WHERE order_id=${9000 + index}`);
    at += took + 0.01;
    return query;
  });
  return [
    root(2110),
    sql(6, 8, "SELECT * FROM orders WHERE account_id=9", returned(400)),
    ...queries,
    other(1950, 130, "ActionView", "render_template.action_view", {
      attributes: { identifier: "/srv/app/views/reports/monthly.html.erb" },
    }),
    http(2084, 24, "PUT", "https://files.internal/reports/9.pdf", status(200)),
  ];
}

export const alikeQueries: Mockup = {
  jid: JID,
  bodies: [workerRequest(spans(), { host: "worker-2", pid: 4121, thread: "2xk" })],
};
