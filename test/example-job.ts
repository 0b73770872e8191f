/** The example of the README of every job: one attempt of 65 ms that reads, inserts, calls out, updates and commits. */
import { requestOf, sidekiqAttributes, type SpanFacts } from "./otlp-request.js";

const START = 1_772_529_242_000_000_000n;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const ROOT = "b7ad6b7169203331";

const at = (ms: number): bigint => START + BigInt(Math.round(ms * 1_000_000));

function query(
  number: number,
  from: number,
  to: number,
  statement: string,
  rows?: number,
): SpanFacts {
  const attributes = {
    "db.system": "postgresql",
    "db.name": "shop_production",
    "db.statement": statement,
  };
  return {
    traceId: TRACE,
    spanId: `00f067aa0ba902b${number}`,
    parentSpanId: ROOT,
    name: statement.split(" ", 1)[0] ?? "",
    kind: 3,
    start: at(from),
    end: at(to),
    scope: "PG",
    attributes:
      rows === undefined ? attributes : { ...attributes, "db.response.affected_rows": rows },
  };
}

export function exampleRequest(): Buffer {
  return requestOf([
    {
      traceId: TRACE,
      spanId: ROOT,
      name: "default process",
      kind: 5,
      start: at(0),
      end: at(65),
      attributes: sidekiqAttributes("abc123", "SendInvoiceJob"),
    },
    query(1, 5, 7, "SELECT * FROM users WHERE id=42"),
    query(2, 8, 8.4, "BEGIN"),
    query(3, 10, 13, "INSERT INTO invoices (user_id, total_cents) VALUES (42, 1999)", 1),
    {
      traceId: TRACE,
      spanId: "00f067aa0ba902c1",
      parentSpanId: ROOT,
      name: "POST",
      kind: 3,
      start: at(25),
      end: at(49),
      scope: "Net::HTTP",
      attributes: {
        "http.request.method": "POST",
        "url.scheme": "https",
        "server.address": "billing.internal",
        "server.port": 443,
        "url.path": "/charge",
        "http.response.status_code": 201,
      },
    },
    query(4, 50, 52, "UPDATE invoices SET status='paid'", 1),
    query(5, 60, 64, "COMMIT"),
  ]);
}
