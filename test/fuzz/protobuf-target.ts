/** Protobuf bodies: the scan and the oracle take the same ones, and what is taken can be indexed, decoded and shown. */
import assert from "node:assert/strict";
import { indexScan } from "../../src/processor/batch-index.js";
import { JOB_ATTRIBUTE_KEYS } from "../../src/processor/conventions.js";
import { scanForJobs } from "../../src/processor/scanned-nodes.js";
import { spansOf } from "../../src/processor/span-from-otlp.js";
import { decodeRequest, type OtlpSpan } from "../../src/otlp/decode.js";
import { hitText, parentIdHex, spanIdHex, traceIdHex } from "../../src/otlp/scan-text.js";
import type { TraceScan } from "../../src/otlp/trace-scan.js";
import { assertScanAgrees } from "../otlp/assert-scan-agrees.js";
import { mutateBytes } from "./byte-mutations.js";
import type { CaseTarget } from "./case-target.js";
import { mutateTree } from "./protobuf-mutations.js";
import { isRequest } from "./protobuf-oracle.js";
import { CASES_PER_POOL, createSeedPool, type SeedPool } from "./request-seeds.js";
import { type Random, seededRandom } from "./seeded-random.js";
import { writeTree } from "./wire-tree.js";

/** Comparing every field is fifty times as slow as the rest. */
const CLOSE_LOOK_EVERY = 200;
const NOISE_BYTES_MAX = 200;

/** What the scan calls too much; everything else that it refuses the oracle must refuse too. */
export const LIMIT_REASON = /^more than \d+ |^attribute values are nested deeper/;

export function createProtobufTarget(seed: number): CaseTarget {
  const poolOf = poolPerBlock(seed);
  return {
    name: "protobuf",
    make: (caseNumber) => makeBody(poolOf(caseNumber), seededRandom(seed, 1, caseNumber)),
    check: (bytes, caseNumber) => checkBody(bytes, caseNumber % CLOSE_LOOK_EVERY === 0),
  };
}

export function poolPerBlock(seed: number): (caseNumber: number) => SeedPool {
  let block = -1;
  let pool: SeedPool | undefined;
  return (caseNumber) => {
    const wanted = Math.floor(caseNumber / CASES_PER_POOL);
    if (pool === undefined || wanted !== block) pool = createSeedPool(seed + wanted);
    block = wanted;
    return pool;
  };
}

export function makeBody(pool: SeedPool, random: Random): Uint8Array {
  const seed = pool.pick(random);
  const kind = random.below(100);
  if (kind < 2) return seed.bytes;
  if (kind < 4) return random.bytes(random.below(NOISE_BYTES_MAX));
  const other = pool.pick(random);
  if (kind < 35) return mutateBytes(seed.bytes, other.bytes, random);
  let tree = seed.tree();
  for (let times = 1 + random.below(3); times > 0; times--) {
    tree = mutateTree(tree, other.tree(), random);
  }
  const bytes = writeTree(tree);
  return random.once(5) ? mutateBytes(bytes, other.bytes, random) : bytes;
}

/** Whether the scan took it. */
export function checkBody(bytes: Uint8Array, isCloseLook: boolean): boolean {
  const result = scanForJobs(bytes);
  if (result.kind === "malformed") {
    const { reason, offset } = result;
    assert.ok(reason.length > 0 && reason.length < 200, `the reason is ${JSON.stringify(reason)}`);
    assert.ok(offset >= 0 && offset <= bytes.length, `the offset is ${offset} of ${bytes.length}`);
    if (LIMIT_REASON.test(reason)) return false;
    assert.ok(!isRequest(bytes), `refused a request: ${reason} at byte ${offset}`);
    return false;
  }
  assert.ok(isRequest(bytes), "took what is no request");
  const { scan } = result;
  assertIdsAgree(scan, bytes);
  indexScan(scan);
  assertFactsAreShown(scan, bytes);
  if (isCloseLook) assertScanAgrees(bytes);
  return true;
}

/** What classification reads of a span by the scan is what a person is shown of it after the decode. */
function assertFactsAreShown(scan: TraceScan, bytes: Uint8Array): void {
  const scanned = factsBySpan(scan);
  const shown = spansOf(bytes);
  assert.equal(shown.length, scan.spanCount - scan.invalidSpanCount);
  let position = 0;
  for (let index = 0; index < scan.spanCount; index++) {
    if (scan.spans.idsValid[index] === 0) continue;
    const span = shown[position++];
    for (const [key, text] of scanned.get(index) ?? []) {
      const value = span?.attributes.get(key);
      const shownText = typeof value === "bigint" ? value.toString() : value;
      if ((typeof shownText === "string" ? shownText : undefined) !== text) {
        assert.fail(`span ${index}: the scan and the decode differ in ${key}`);
      }
    }
  }
}

/** By span and key, of a repeated key the last. */
function factsBySpan(
  scan: TraceScan,
): ReadonlyMap<number, ReadonlyMap<string, string | undefined>> {
  const facts = new Map<number, Map<string, string | undefined>>();
  for (let hit = 0; hit < scan.hitCount; hit++) {
    const index = scan.hits.span[hit] ?? -1;
    const ofSpan = facts.get(index) ?? new Map<string, string | undefined>();
    const key = JOB_ATTRIBUTE_KEYS[scan.hits.key[hit] ?? -1] ?? "";
    facts.set(index, ofSpan.set(key, hitText(scan, hit)));
  }
  return facts;
}

/** Compared as bytes and without node:assert for each span, because this is done millions of times. */
function assertIdsAgree(scan: TraceScan, bytes: Uint8Array): void {
  let index = 0;
  for (const { scopeSpans } of decodeRequest(bytes).resourceSpans) {
    for (const { spans } of scopeSpans ?? []) {
      for (const span of spans ?? []) {
        const difference = idDifference(scan, index++, span as OtlpSpan);
        if (difference !== undefined) assert.fail(difference);
      }
    }
  }
  if (index !== scan.spanCount) assert.fail(`${scan.spanCount} spans scanned, ${index} decoded`);
}

function idDifference(scan: TraceScan, index: number, span: OtlpSpan): string | undefined {
  const isValid = isId(span.traceId, 16) && isId(span.spanId, 8);
  if (isValid !== (scan.spans.idsValid[index] === 1)) return `span ${index}: decoded ${isValid}`;
  if (!isValid) return undefined;
  const scanned = [traceIdHex(scan, index), spanIdHex(scan, index), parentIdHex(scan, index) ?? ""];
  const parent = isId(span.parentSpanId, 8) ? span.parentSpanId : new Uint8Array(0);
  const decoded = [span.traceId, span.spanId, parent].map((id) => Buffer.from(id).toString("hex"));
  return scanned.join() === decoded.join()
    ? undefined
    : `span ${index}: scanned ${scanned.join()}, decoded ${decoded.join()}`;
}

function isId(bytes: Uint8Array, length: number): boolean {
  return bytes.length === length && bytes.some((byte) => byte !== 0);
}
