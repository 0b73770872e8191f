/** Every kind of id that leads to a job, on recorded runs and on jobs made for the kinds that these do not have. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  lookUpCorrelation,
  lookUpJob,
  lookUpTrace,
} from "../../../src/jobscope/inspect/job-lookup.js";
import { nearestIds, reasonOf } from "../../../src/jobscope/inspect/nearest-ids.js";
import { pickId } from "../../../src/jobscope/inspect/pick-id.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";
import { ingestBodies, recordedRun } from "../../recorded-runs.js";

const CHARGE = "12c0218bd14de9ead7416414";
const MAIL = "e87f2adee04bc79d208b364d";
const MAIL_ACTIVE_JOB = "2142fefd-5bce-4850-950d-9081c01cd3d0";
const KEYS = ["correlation_id", "http.request.header.x_request_id"];

async function recorded(name: string): Promise<JobStoreReader> {
  const { reader, writer } = createMemoryStore();
  await ingestBodies(recordedRun(name).bodies, writer);
  return reader;
}

async function found(reader: JobStoreReader, text: string): Promise<string> {
  const lookup = await lookUpJob(reader, text, { correlationKeys: KEYS });
  return lookup.kind === "found" ? lookup.jid : lookup.kind;
}

describe("lookUpJob()", () => {
  let reader: JobStoreReader;
  before(async () => {
    reader = await recorded("shop-link-full");
  });

  for (const [what, text, expected] of [
    ["a jid", CHARGE, CHARGE],
    ["a jid in capitals", CHARGE.toUpperCase(), CHARGE],
    ["the beginning of a jid", "12c0", CHARGE],
    ["three characters of one", "12c", "unknown"],
    ["the trace id in Jaeger", `6a6f6274${CHARGE}`, CHARGE],
    ["the beginning of a trace id in Jaeger", "6a6f627412c0", CHARGE],
    [
      "a log line",
      `2026-11-22T04:46:27Z pid=1 tid=2 class=ChargeJob jid=${CHARGE} INFO: start`,
      CHARGE,
    ],
    ["a log line in JSON", `{"ctx":{"class":"ChargeJob","jid":"${CHARGE}"},"msg":"start"}`, CHARGE],
    ["a log line of Sidekiq 5", `4 TID-x ChargeJob JID-${CHARGE} INFO: start`, CHARGE],
    ["a page of jobtrace", `http://127.0.0.1:4318/jobs/${CHARGE}?attempt=2#x`, CHARGE],
    ["a page of Jaeger", `http://localhost:16686/trace/6a6f6274${CHARGE}`, CHARGE],
    ["what is no id of the store", "ffffffffffffffffffffffff", "unknown"],
    ["@last of a class", "@last:Charge*", CHARGE],
    ["@failed of a class that never failed", "@failed:ReceiptJob", "none_selected"],
    ["a selector that is none", "@newest", "no_selector"],
  ] as const) {
    it(`takes ${what}`, async () => assert.equal(await found(reader, text), expected));
  }

  it("takes an ActiveJob id with dashes and without, and its beginning", async () => {
    const bare = MAIL_ACTIVE_JOB.replaceAll("-", "");
    for (const text of [MAIL_ACTIVE_JOB, bare, MAIL_ACTIVE_JOB.slice(0, 12), bare.slice(0, 14)]) {
      const lookup = await lookUpJob(reader, text);
      const jids =
        lookup.kind === "ambiguous"
          ? lookup.jobs.map(({ jid }) => jid)
          : [await found(reader, text)];
      assert.ok(jids.includes(MAIL), `${text}: ${jids.join(" ")}`);
    }
  });

  it("takes a trace id, its beginning, and the id of a span deep inside the job", async () => {
    const { readJob } = await import("../../../src/jobscope/inspect/read-job.js");
    const { parseJid } = await import("../../../src/jobscope/model/ids.js");
    const jid = parseJid(CHARGE);
    const document = jid && (await readJob(reader, jid));
    const [attempt] = document?.attempts ?? [];
    assert.ok(attempt);
    const insert = attempt.steps.find(({ title }) => title.startsWith("INSERT"));
    for (const text of [attempt.trace_id, attempt.trace_id.slice(0, 10), insert?.id ?? ""])
      assert.equal(await found(reader, text), CHARGE, text);
    assert.deepEqual(await lookUpTrace(reader, attempt.trace_id), { kind: "found", jid: CHARGE });
  });

  it("names the slowest job, and the newest that failed", async () => {
    const slowest = await lookUpJob(reader, "@slowest");
    const failed = await lookUpJob(reader, "@failed");
    assert.equal(slowest.kind, "found");
    assert.equal(failed.kind === "found" && failed.jid, "cdfe88074e477c7ce85aa689");
  });
});

describe("lookUpCorrelation()", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const attempt = (
    jid: string,
    number: number,
    attributes: Readonly<Record<string, string>>,
  ): SpanFacts => ({
    traceId,
    spanId: `000000000000000${number}`,
    name: "default process",
    kind: 5,
    start: BigInt(number) * 1_000_000_000n,
    end: BigInt(number) * 1_000_000_000n + 5n,
    attributes: { ...sidekiqAttributes(jid, "CheckoutJob"), ...attributes },
  });

  async function store(...spans: Parameters<typeof requestOf>[0]): Promise<JobStoreReader> {
    const { reader, writer } = createMemoryStore();
    await ingestBodies([gzipSync(requestOf(spans))], writer);
    return reader;
  }

  it("finds the job whose span has the value under one of the keys", async () => {
    const reader = await store(
      attempt("a".repeat(24), 1, { correlation_id: "order-77" }),
      attempt("b".repeat(24), 2, { other_id: "order-77" }),
    );
    const lookup = await lookUpCorrelation(reader, "order-77", { correlationKeys: KEYS });
    assert.deepEqual(lookup, { kind: "found", jid: "a".repeat(24) });
    assert.equal(await found(reader, "order-77"), "a".repeat(24));
  });

  it("names all jobs of a batch of Sidekiq Pro, each with what tells it from the others", async () => {
    const reader = await store(attempt("aaaaaa00000000000000000a", 1, { bid: "8Ghk2" }), {
      ...attempt("aaaaab00000000000000000b", 2, { bid: "8Ghk2" }),
      traceId: `1${traceId.slice(1)}`,
    });
    const lookup = await lookUpJob(reader, "8Ghk2", { correlationKeys: [] });
    assert.equal(lookup.kind, "ambiguous");
    assert.deepEqual(
      lookup.kind === "ambiguous" && [lookup.via, lookup.jobs.map(({ prefix }) => prefix)],
      ["batch id", ["aaaaab", "aaaaaa"]],
    );
  });

  it("says how far it looked when there is none", async () => {
    const reader = await store(attempt("a".repeat(24), 1, {}));
    const lookup = await lookUpJob(reader, "order-78", { correlationKeys: KEYS });
    assert.equal(lookup.kind, "unknown");
    assert.deepEqual(
      lookup.kind === "unknown" && [lookup.searched?.batchCount, lookup.searched?.isWhole],
      [1, true],
    );
  });
});

describe("pickId()", () => {
  for (const [text, id] of [
    ["  12c0218b  ", "12c0218b"],
    ["jid=abc-1 done", "abc-1"],
    [`[ActiveJob] [MailJob] [${MAIL_ACTIVE_JOB}] Performing`, MAIL_ACTIVE_JOB],
    [`something ${CHARGE} happened`, CHARGE],
    ["https://h/jobs/orders%3A42", "orders:42"],
    ["https://h/jobs/%E0%A4%A", "%E0%A4%A"],
    ["two words", "two words"],
  ] as const) {
    it(`${JSON.stringify(text)} is ${id}`, () => assert.equal(pickId(text), id));
  }
});

describe("nearestIds()", () => {
  it("gives those with the longest common beginning, then those two changes away at most", async () => {
    const reader = await recorded("shop-link-full");
    const [byPrefix] = await nearestIds(reader, `${CHARGE.slice(0, -1)}5`);
    assert.deepEqual([byPrefix?.jid, byPrefix?.reason], [CHARGE, "last digit"]);
    const [edited] = await nearestIds(reader, `f${CHARGE.slice(1)}`);
    assert.deepEqual([edited?.jid, edited?.reason], [CHARGE, "digit 1"]);
    assert.deepEqual(await nearestIds(reader, "zzzzzzzzzzzz"), []);
  });

  for (const [a, b, reason] of [
    ["abcd1234", "abcd1235", "last digit"],
    ["abcd1234", "abcx1234", "character 4"],
    ["abcd1234", "abcd12345", "1 character more"],
    ["abcd1234", "abcd134", "1 character less"],
    ["abcd1234", "abcd9999", "first 4 match"],
  ] as const) {
    it(`${a} is near ${b}: ${reason}`, () => assert.equal(reasonOf(a, b), reason));
  }
});
