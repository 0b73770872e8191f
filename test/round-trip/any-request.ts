/**
 * Requests with whatever OTLP and protobuf allow: every field, unknown fields at every level, text that is no UTF-8,
 * fields in any order. Each ends with a span of a trace of its own, so that it can be found in a store.
 */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { seededRandom } from "../fuzz/seeded-random.js";
import { readTree, type WireField, writeTree } from "../fuzz/wire-tree.js";
import { requestType } from "../otlp/otlp-schema.js";
import { encodeRequest, requestArbitrary } from "../otlp/request-arbitrary.js";
import { scrambleMessage } from "../otlp/scramble-message.js";
import { nested, requestOfSpan } from "../otlp/wire-bytes.js";

export interface AnyRequest {
  /** As an encoder writes it. */
  readonly plain: Uint8Array;
  /** The same scrambled, with unknown fields and broken text. */
  readonly odd: Uint8Array;
}

export const anyRequest: fc.Arbitrary<AnyRequest> = fc
  .tuple(requestArbitrary, fc.nat())
  .map(([request, seed]) => {
    const plain = encodeRequest(request);
    const random = seededRandom(seed);
    const scrambled = scrambleMessage(plain, requestType, (limit) => random.below(limit));
    const odd = writeTree(breakTexts(readTree(scrambled, requestType), () => random.once(12)));
    return { plain, odd };
  });

/** A continuation byte alone, half of a surrogate pair, and the beginning of a character. */
const BROKEN_TEXT = Buffer.from([0x80, 0xed, 0xa0, 0x80, 0x61, 0xe2, 0x82]);
/** Nothing that the wire scan must find a length in. */
const ID_BYTES = [8, 16];

function breakTexts(fields: readonly WireField[], isNext: () => boolean): readonly WireField[] {
  return fields.map(({ number, wireType, value, fields: inner }) => {
    if (inner !== undefined) return { number, wireType, fields: breakTexts(inner, isNext) };
    const isText = wireType === 2 && !ID_BYTES.includes(value?.length ?? 0);
    return { number, wireType, value: isText && isNext() ? BROKEN_TEXT : (value ?? BROKEN_TEXT) };
  });
}

export interface Tagged {
  readonly bytes: Buffer;
  /** As hex. */
  readonly traceId: string;
}

/** Protobuf joins requests by joining their bytes. */
export function tagged(bytes: Uint8Array): Tagged {
  const traceId = randomBytes(16);
  const span = requestOfSpan(nested(1, traceId), nested(2, randomBytes(8)));
  return { bytes: Buffer.concat([bytes, span]), traceId: traceId.toString("hex") };
}
