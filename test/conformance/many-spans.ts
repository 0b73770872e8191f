/** Many requests of many spans, each of a job of its own. They are encoded once, because encoding would be the slow part. */
import { randomBytes } from "node:crypto";
import { requestOf, sidekiqAttributes } from "../otlp-request.js";

export interface ManySpans {
  readonly jid: string;
  readonly body: Buffer;
}

const START = 1_795_000_000_000_000_000n;
const MODEL_JID = "a1".repeat(12);
const MODEL_TRACE = "b2".repeat(16);

/** Makes requests of so many spans, all of one attempt. */
export function manySpans(count: number): () => ManySpans {
  const spans = Array.from({ length: count }, (_, at) => ({
    traceId: MODEL_TRACE,
    spanId: spanIdOf(at),
    ...(at > 0 ? { parentSpanId: spanIdOf(0) } : {}),
    name: at === 0 ? "default process" : "SELECT",
    kind: at === 0 ? 5 : 3,
    start: START,
    end: START + 5_000_000n,
    attributes:
      at === 0
        ? sidekiqAttributes(MODEL_JID, "LoadJob")
        : { "db.system": "postgresql", "db.statement": "SELECT * FROM users WHERE id = ?" },
  }));
  const model = requestOf(spans);
  const jidPlaces = placesOf(model, Buffer.from(MODEL_JID));
  const tracePlaces = placesOf(model, Buffer.from(MODEL_TRACE, "hex"));
  return () => {
    const body = Buffer.from(model);
    const jid = randomBytes(12).toString("hex");
    const traceId = randomBytes(16);
    for (const at of jidPlaces) body.write(jid, at);
    for (const at of tracePlaces) traceId.copy(body, at);
    return { jid, body };
  };
}

function spanIdOf(at: number): string {
  return (0x1000_0000_0000_0000n + BigInt(at)).toString(16);
}

function placesOf(bytes: Buffer, wanted: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length))
    places.push(at);
  return places;
}
