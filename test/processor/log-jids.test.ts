import assert from "node:assert/strict";
import { jobTraceId } from "../../src/jobscope/model/document/job-trace-id.js";
import { logIdsOf } from "../../src/jobscope/store/batch-index.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { forEachNamedJob, jidsInText, scanForLogs } from "../../src/processor/log-jids.js";

const JID = "8f3c1d0a9b7e4c2d51f0a6e3";
const OTHER = "77ac03bd5e1946d0a2f1c8e4";

/** As written by Sidekiq 7's and 8's formatters, Sidekiq 5's, Rails and hashes that were printed. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  [`2026-03-03T09:14:02.000Z pid=812 tid=ot6 class=SendInvoiceJob jid=${JID} INFO: start`, [JID]],
  [`pid=812 tid=ot6 class=SendInvoiceJob jid=${JID} elapsed=0.065 INFO: done`, [JID]],
  [
    `{"ts":"2026-03-03T09:14:02.000Z","pid":812,"tid":"ot6","lvl":"INFO","msg":"start","ctx":{"class":"SendInvoiceJob","jid":"${JID}"}}`,
    [JID],
  ],
  [`812 TID-ot6 SendInvoiceJob JID-${JID} INFO: start`, [JID]],
  [`{"retry"=>true, "class"=>"SendInvoiceJob", "jid"=>"${JID}", "args"=>[1]}`, [JID]],
  [`{"message":"{\\"jid\\":\\"${JID}\\"}"}`, [JID]],
  [`{"retry": true, jid: "${JID}", at: 1}`, [JID]],
  [`class=A jid=${JID} INFO: pushed jid=${OTHER}`, [JID, OTHER]],
  [`jid=${JID} again jid=${JID}`, [JID]],
  ["class=A jid= INFO: none", []],
  [`{"jid":null}`, []],
  [`provider_jid=${JID} bid=${JID} myjid=${JID}`, []],
  ["nothing of the kind", []],
];

describe("jidsInText()", () => {
  for (const [line, jids] of LINES)
    it(`finds ${jids.length} in ${line.slice(0, 60)}`, () =>
      assert.deepEqual(jidsInText(line), jids));

  it("is done with a long line in a moment, and takes no more than a few", () => {
    const long = "jid=".repeat(1_000_000);
    const began = performance.now();
    assert.ok(jidsInText(`${long}${"jid \\".repeat(200_000)}`).length <= 4);
    assert.ok(performance.now() - began < 5_000);
    const many = Array.from({ length: 50 }, (_, i) => `jid=job${i}`).join(" ");
    assert.equal(jidsInText(many).length, 4);
  });
});

describe("the jobs that log records name", () => {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const map = (...values: object[]): object => ({ kvlistValue: { values } });
  const records = [
    { body: { stringValue: "plain" } },
    { body: { stringValue: "start" }, attributes: [text("jid", JID)] },
    { body: { stringValue: "start" }, attributes: [text("sidekiq.jid", JID)] },
    { attributes: [text("jobtrace.jid", "emails:12")] },
    { body: map(text("jid", JID)) },
    { body: map(text("msg", "start"), { key: "ctx", value: map(text("jid", OTHER)) }) },
    { body: map(text("message", `jid=${JID}`)) },
    { body: { stringValue: `jid=${OTHER}` }, attributes: [text("jid", JID)] },
    { body: { arrayValue: { values: [{ stringValue: `jid=${JID}` }] } } },
  ];
  const converted = otlpFromJson(
    Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] })),
    "logs",
  );
  const raw = converted.kind === "converted" ? converted.body : new Uint8Array(0);

  it("stand in attributes, in maps and in texts", () => {
    const found: [number, readonly string[]][] = [];
    const result = scanForLogs(raw);
    assert.equal(result.kind, "scanned");
    if (result.kind === "scanned")
      forEachNamedJob(result.scan, (log, jids) => found.push([log, jids]));
    assert.deepEqual(found, [
      [1, [JID]],
      [2, [JID]],
      [3, ["emails:12"]],
      [4, [JID]],
      [5, [OTHER]],
      [7, [JID, OTHER]],
    ]);
  });

  it("are what their batch is found by, each once", () => {
    assert.deepEqual(logIdsOf(indexBatch(raw, "logs")), [JID, "emails:12", OTHER].map(jobTraceId));
    assert.deepEqual(logIdsOf(indexBatch(raw, "traces")), []);
    assert.deepEqual(logIdsOf(indexBatch(raw, "unknown")), []);
  });
});
