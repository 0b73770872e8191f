/** Sends one request in every way there is and compares what the store gives back. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { decodeRequest } from "../../src/otlp/decode.js";
import type { StoredBatch } from "../../src/jobscope/store/job-store.js";
import { partsOf } from "../fuzz/json-mutations.js";
import { jsonText } from "../otlp/json-text.js";
import { requestType } from "../otlp/otlp-schema.js";
import { callOn, frame, JSON_TYPE, post, PROTOBUF } from "../receiver/test-receiver.js";
import { type AnyRequest, tagged } from "./any-request.js";
import type { StoreServer } from "./store-server.js";

/** All at once, so that they share commits. @throws AssertionError */
export async function checkRoundTrip(server: StoreServer, request: AnyRequest): Promise<void> {
  const { plain, odd } = request;
  await Promise.all([
    ...[plain, odd].flatMap((bytes) => [
      checkPlain(server, bytes),
      checkGzip(server, bytes),
      checkGrpc(server, bytes),
    ]),
    checkJson(server, plain),
  ]);
}

// The log keeps the bytes as received, so each ResourceSpans is byte-equal because the whole is.

async function checkPlain(server: StoreServer, request: Uint8Array): Promise<void> {
  const { bytes, traceId } = tagged(request);
  await sendHttp(server, bytes, PROTOBUF);
  assertKept(await onlyBatch(server, traceId), "identity", bytes, bytes);
}

async function checkGzip(server: StoreServer, request: Uint8Array): Promise<void> {
  const { bytes, traceId } = tagged(request);
  const body = gzipSync(bytes);
  await sendHttp(server, body, { ...PROTOBUF, "content-encoding": "gzip" });
  assertKept(await onlyBatch(server, traceId), "gzip", body, bytes);
}

async function checkGrpc(server: StoreServer, request: Uint8Array): Promise<void> {
  const { bytes, traceId } = tagged(request);
  const { grpcStatus, message } = await callOn(server.session, frame(bytes));
  assert.equal(grpcStatus, "0", message);
  assertKept(await onlyBatch(server, traceId), "identity", bytes, bytes);
}

function assertKept(
  batch: StoredBatch,
  codec: StoredBatch["codec"],
  body: Buffer,
  raw: Buffer,
): void {
  assert.equal(batch.codec, codec);
  assert.ok(body.equals(batch.body), "the body is not kept as it came");
  assert.ok(raw.equals(batch.raw()), "the inflated body is not what was sent");
}

/** What JSON says becomes the same fields in protobuf, and JSON made of these becomes the same again. */
async function checkJson(server: StoreServer, request: Uint8Array): Promise<void> {
  const { bytes, traceId } = tagged(request);
  const text = toJson(bytes);
  await sendHttp(server, Buffer.from(withUnknownMembers(text)), JSON_TYPE);
  const batch = await onlyBatch(server, traceId);
  const kept = batch.raw();
  assert.deepEqual(decodeRequest(kept), decodeRequest(bytes));
  assert.equal(toJson(kept), text);

  await sendHttp(server, gzipSync(toJson(kept)), { ...JSON_TYPE, "content-encoding": "gzip" });
  const [, again] = await server.batchesOf(traceId);
  assert.ok(again !== undefined, "JSON of what was kept is not kept");
  assert.deepEqual(decodeRequest(again.raw()), decodeRequest(bytes));
}

export function toJson(bytes: Uint8Array): string {
  let count = 0;
  const message = decodeRequest(bytes) as unknown as Record<string, unknown>;
  return jsonText(message, requestType, () => count++ % 2 === 0);
}

/** In front of the first member of every object; OTLP ignores what it does not know. */
function withUnknownMembers(text: string): string {
  const places = partsOf(text)
    .filter(({ kind, from }) => kind === "member" && text[from - 1] === "{")
    .map(({ from }) => from)
    .sort((a, b) => a - b);
  const unknown = '"fromTheFuture":{"a":[1,null,"x"]},';
  const pieces = places.map((from, at) => text.slice(places[at - 1] ?? 0, from) + unknown);
  return pieces.join("") + text.slice(places.at(-1) ?? 0);
}

async function sendHttp(
  server: StoreServer,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const reply = await post(server, { body, headers });
  assert.equal(reply.status, 200, reply.body.toString());
}

async function onlyBatch(server: StoreServer, traceId: string): Promise<StoredBatch> {
  const [batch, ...more] = await server.batchesOf(traceId);
  assert.equal(more.length, 0, "it is kept more than once");
  assert.ok(batch !== undefined, "it was acknowledged and is not kept");
  return batch;
}
