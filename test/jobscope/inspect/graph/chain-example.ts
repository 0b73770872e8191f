/** A checkout: a request that enqueues a job, which writes in a transaction, calls three hosts at once and enqueues two jobs. */
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../../otlp-request.js";

export const EXAMPLE_JID = "5d0e44a19c3b4f71b6a2e9d8";
const CRM_JID = "9a20f7c3000000000000000a";
const RECEIPT_JID = "4be1d2a0000000000000000b";

const REQUEST = 1_772_529_131_010_000_000n;
const START = 1_772_529_132_350_000_000n;
const WEB_TRACE = "11111111111111111111111111111111";
const TRACE = "22222222222222222222222222222222";
const RECEIPT_TRACE = "33333333333333333333333333333333";
const ROOT = "2200000000000001";
const QUOTE = "2200000000000008";

const ms = (from: bigint, after: number): bigint => from + BigInt(after) * 1_000_000n;

function step(number: number, from: number, took: number, more: Partial<SpanFacts>): SpanFacts {
  return {
    traceId: TRACE,
    spanId: `22000000000000${number.toString(16).padStart(2, "0")}`,
    parentSpanId: ROOT,
    name: "step",
    kind: 3,
    start: ms(START, from),
    end: ms(START, from + took),
    ...more,
  };
}

function sql(
  number: number,
  from: number,
  took: number,
  statement: string,
  rows?: number,
): SpanFacts {
  const attributes = { "db.system": "postgresql", "db.statement": statement };
  return step(number, from, took, {
    scope: "PG",
    attributes:
      rows === undefined ? attributes : { ...attributes, "db.response.affected_rows": rows },
  });
}

function get(
  number: number,
  from: number,
  took: number,
  host: string,
  path: string,
  status: number,
): SpanFacts {
  return step(number, from, took, {
    scope: "Net::HTTP",
    parentSpanId: QUOTE,
    attributes: {
      "http.request.method": "GET",
      "url.scheme": "https",
      "server.address": host,
      "url.path": path,
      "http.response.status_code": status,
    },
  });
}

function push(number: number, from: number, jid: string, name: string): SpanFacts {
  return step(number, from, 1, { kind: 4, attributes: sidekiqAttributes(jid, name) });
}

export function chainExample(): readonly Buffer[] {
  const web: readonly SpanFacts[] = [
    {
      traceId: WEB_TRACE,
      spanId: "1100000000000001",
      name: "POST /checkout",
      kind: 2,
      start: REQUEST,
      end: ms(REQUEST, 88),
      scope: "Rack",
    },
    {
      traceId: WEB_TRACE,
      spanId: "1100000000000002",
      parentSpanId: "1100000000000001",
      name: "default publish",
      kind: 4,
      start: ms(REQUEST, 30),
      end: ms(REQUEST, 31),
      attributes: sidekiqAttributes(EXAMPLE_JID, "CheckoutJob"),
    },
  ];
  const job: readonly SpanFacts[] = [
    step(1, 0, 220, {
      parentSpanId: "",
      name: "default process",
      kind: 5,
      attributes: sidekiqAttributes(EXAMPLE_JID, "CheckoutJob"),
      events: [{ name: "enqueued_at", time: START - 1_310_000_000n }],
    }),
    sql(2, 6, 3, "SELECT * FROM carts WHERE id = 311"),
    sql(3, 12, 0, "BEGIN"),
    sql(4, 14, 4, "INSERT INTO orders (cart_id) VALUES (311)", 1),
    sql(5, 22, 2, "UPDATE carts SET state='closed' WHERE id = 311", 1),
    push(6, 30, CRM_JID, "SyncCrmJob"),
    sql(7, 41, 6, "COMMIT"),
    step(8, 50, 64, { name: "Pricing#quote", kind: 1, scope: "Pricing" }),
    get(9, 51, 40, "tax.internal", "/rates", 200),
    get(10, 52, 35, "fx.internal", "/usd", 200),
    get(11, 51, 61, "promo.internal", "/9", 404),
    push(12, 120, RECEIPT_JID, "SendReceiptJob"),
  ];
  const receipt: readonly SpanFacts[] = [
    {
      traceId: RECEIPT_TRACE,
      spanId: "3300000000000001",
      name: "default process",
      kind: 5,
      start: ms(START, 461),
      end: ms(START, 522),
      attributes: sidekiqAttributes(RECEIPT_JID, "SendReceiptJob"),
      events: [{ name: "enqueued_at", time: ms(START, 121) }],
    },
  ];
  return [
    requestOf(web, { "service.name": "shop-web", "process.pid": 1 }),
    requestOf([...job, ...receipt], { "service.name": "shop", "process.pid": 2 }),
  ];
}
