/**
 * Bodies for the socket targets. Each carries a marker of 16 bytes that no other body has: as the trace id of its
 * spans and, in protobuf, in unknown fields around them, so that a record in the store can be told whose it is.
 */
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { scanForJobs } from "../../src/processor/scanned-nodes.js";
import { nested, requestOfSpan, utf8 } from "../otlp/wire-bytes.js";
import { makeBody } from "./protobuf-target.js";
import type { SeedPool } from "./request-seeds.js";
import type { Random } from "./seeded-random.js";

export type Format = "protobuf" | "json";

export interface MarkedBody {
  readonly bytes: Buffer;
  readonly format: Format;
}

/** What must become of a body. */
export type Fate =
  | { readonly kind: "refused" }
  /** `stored`: the inflated bytes that the store must hold; undefined when there is no span to keep. */
  | { readonly kind: "accepted"; readonly stored: Uint8Array | undefined };

export const REFUSED: Fate = { kind: "refused" };

const MAGIC = Buffer.from("jtf");
export const MARKER_BYTES = 16;
/** A field number that OTLP does not use. */
const UNKNOWN_FIELD = 500;

/** `round`: cases may be tried again. `index`: of the request within its case. */
export function markerOf(seed: number, round: number, caseNumber: number, index: number): Buffer {
  const marker = Buffer.alloc(MARKER_BYTES);
  MAGIC.copy(marker);
  marker.writeUInt8(round, 3);
  marker.writeUInt32BE(seed, 4);
  marker.writeUInt32BE(caseNumber, 8);
  marker.writeUInt32BE(index, 12);
  return marker;
}

/**
 * As hex; undefined: the bytes hold none. A damaged frame may have changed one of them into the marker of another case,
 * so the one that stands there most often is it.
 */
export function findMarker(bytes: Buffer): string | undefined {
  const counts = new Map<string, number>();
  for (let at = bytes.indexOf(MAGIC); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    const marker = bytes.toString("hex", at, at + MARKER_BYTES);
    counts.set(marker, (counts.get(marker) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

export function markedBody(marker: Buffer, pool: SeedPool, random: Random): MarkedBody {
  const kind = random.below(10);
  if (kind < 2) return jsonBody(marker, random);
  if (kind < 3) return { bytes: random.bytes(random.below(60)), format: "protobuf" };
  const spans = requestOfSpan(nested(1, marker), nested(2, Buffer.alloc(8, 7)), utf8(5, "x"));
  const more = kind < 5 ? Buffer.alloc(0) : makeBody(pool, random);
  const field = nested(UNKNOWN_FIELD, marker);
  // Protobuf merges messages by joining their bytes.
  return { bytes: Buffer.concat([field, spans, more, field]), format: "protobuf" };
}

function jsonBody(marker: Buffer, random: Random): MarkedBody {
  const span = `{"traceId":"${marker.toString("hex")}","spanId":"eee19b7ec3c1b174","name":"x"}`;
  const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
  const ends = [text.length, text.length, text.length, random.below(text.length)];
  return { bytes: Buffer.from(text.slice(0, random.pick(ends))), format: "json" };
}

/** `bytes`: inflated, and taken for this format. */
export function fateOf(bytes: Uint8Array, format: Format): Fate {
  const read =
    format === "json" ? otlpFromJson(bytes) : ({ kind: "converted", body: bytes } as const);
  const result = read.kind === "converted" ? scanForJobs(read.body) : undefined;
  if (result?.kind !== "scanned") return REFUSED;
  const { spanCount, invalidSpanCount } = result.scan;
  return { kind: "accepted", stored: spanCount > invalidSpanCount ? result.scan.bytes : undefined };
}
