/**
 * OTLP/JSON bodies: the reader takes what JSON.parse takes, the converter never throws, and what it makes is a request
 * whose JSON says the same again.
 */
import assert from "node:assert/strict";
import { decodeRequest } from "../../src/otlp/decode.js";
import { JSON_DEPTH_MAX, readJson } from "../../src/otlp/json-reader.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { jsonText } from "../otlp/json-text.js";
import { requestType } from "../otlp/otlp-schema.js";
import { mutateBytes } from "./byte-mutations.js";
import type { CaseTarget } from "./case-target.js";
import { type JsonPart, mutateJson, partsOf } from "./json-mutations.js";
import { checkBody, poolPerBlock } from "./protobuf-target.js";
import type { Seed, SeedPool } from "./request-seeds.js";
import { type Random, seededRandom } from "./seeded-random.js";

const CLOSE_LOOK_EVERY = 50;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

interface JsonSeed {
  readonly text: string;
  readonly parts: readonly JsonPart[];
}

export function createJsonTarget(seed: number): CaseTarget {
  const poolOf = poolPerBlock(seed);
  return {
    name: "json",
    make: (caseNumber) => makeJson(poolOf(caseNumber), seededRandom(seed, 2, caseNumber)),
    check: (bytes, caseNumber) => checkJson(bytes, caseNumber % CLOSE_LOOK_EVERY === 0),
  };
}

const jsonSeeds = new WeakMap<Seed, JsonSeed>();

function jsonSeedOf(seed: Seed): JsonSeed {
  const known = jsonSeeds.get(seed);
  if (known !== undefined) return known;
  const text = textOf(seed.bytes);
  const made = { text, parts: partsOf(text) };
  jsonSeeds.set(seed, made);
  return made;
}

/** Every other 64-bit integer as text. */
function textOf(bytes: Uint8Array): string {
  let count = 0;
  const message = decodeRequest(bytes) as unknown as Record<string, unknown>;
  return jsonText(message, requestType, () => count++ % 2 === 0);
}

function makeJson(pool: SeedPool, random: Random): Uint8Array {
  const seed = jsonSeedOf(pool.pick(random));
  const other = jsonSeedOf(pool.pick(random));
  const kind = random.below(100);
  if (kind < 2) return Buffer.from(seed.text);
  if (kind < 3) return Buffer.concat([BYTE_ORDER_MARK, Buffer.from(seed.text)]);
  if (kind < 25) return mutateBytes(Buffer.from(seed.text), Buffer.from(other.text), random);
  const text = mutateJson(seed.text, seed.parts, other, random);
  // A second change looks for its place in the text as it was, and mostly lands in the middle of something.
  const twice = random.once(3) ? mutateJson(text, seed.parts, other, random) : text;
  return Buffer.from(twice);
}

/** Whether it was taken. */
function checkJson(bytes: Uint8Array, isCloseLook: boolean): boolean {
  assertReadsAsJson(bytes);
  const result = otlpFromJson(bytes);
  if (result.kind === "malformed") {
    const { reason } = result;
    assert.ok(
      reason.length > 0 && reason.length < 2_000,
      `a reason of ${reason.length} characters`,
    );
    return false;
  }
  const { body } = result;
  if (!checkBody(body, isCloseLook)) return false;
  if (isCloseLook) assertStable(body);
  return true;
}

function assertReadsAsJson(bytes: Uint8Array): void {
  const read = readJson(bytes);
  const isRead = read.kind === "value";
  const isJson = parses(bytes);
  if (isRead === isJson) return;
  const isTooMuch = !isRead && /nested deeper than|more than/.test(read.reason);
  if (isTooMuch && depthOf(bytes) > JSON_DEPTH_MAX) return;
  const reason = isRead ? "" : read.reason;
  assert.fail(isRead ? "read what is no JSON" : `refused JSON: ${reason}`);
}

function parses(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return true;
  } catch {
    // Both tell by throwing.
    return false;
  }
}

/** Brackets inside of text are counted too: an upper bound is enough. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) depth++;
  return depth;
}

/** JSON → protobuf → JSON → protobuf → JSON: the last two texts are the same. */
function assertStable(body: Uint8Array): void {
  const text = textOf(body);
  const again = otlpFromJson(Buffer.from(text));
  assert.equal(again.kind, "converted", "what was converted does not convert again");
  if (again.kind === "converted") assert.equal(textOf(again.body), text);
}
