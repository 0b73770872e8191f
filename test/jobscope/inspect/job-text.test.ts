/** What `inspect` prints, from the bytes of a request: the example byte for byte, and recorded jobs in every view. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { displayWidth } from "../../../src/jobscope/inspect/layout.js";
import { jobLines } from "../../../src/jobscope/inspect/job-text.js";
import { readJob } from "../../../src/jobscope/inspect/read-job.js";
import { COLOURED } from "../../../src/jobscope/inspect/style.js";
import type { View } from "../../../src/jobscope/inspect/view.js";
import { arrangeDocument } from "../../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../../src/jobscope/model/arrange/arrangement.js";
import { parseJid } from "../../../src/jobscope/model/ids.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { exampleRequest } from "../../example-job.js";
import { assertGolden } from "../../golden.js";
import { requestOf, sidekiqAttributes } from "../../otlp-request.js";
import { PIPED } from "../../plain-view.js";
import { documentOf, storedRequests, storedRun } from "../../stored-runs.js";

const VIEW: View = { ...PIPED, width: 80 };

const VIEWS: Readonly<Record<string, View>> = {
  "80": VIEW,
  "120": { ...VIEW, width: 120 },
  piped: { ...VIEW, width: undefined },
  brief: { ...VIEW, brief: true },
  ascii: { ...VIEW, ascii: true, width: 120 },
  colour: { ...VIEW, style: COLOURED },
  full: { ...VIEW, full: true, width: 120 },
};

const documentOfRequest = async (body: Buffer, jid: string): Promise<JobDocument> =>
  documentOf(await storedRequests(body), jid);

/** As inspect prints it. */
const text = (document: JobDocument, view: View): string =>
  `${jobLines(arrangeDocument(document, { ...DEFAULT_ARRANGEMENT, full: view.full }), view).join("\n")}\n`;

describe("the text of a job", () => {
  it("is the example byte for byte with --brief", async () => {
    assert.equal(
      text(await documentOfRequest(exampleRequest(), "abc123"), { ...VIEW, brief: true }),
      `Job: SendInvoiceJob (jid=abc123)
Duration: 65ms

[0ms]   Job started
[5ms]   SELECT users WHERE id=42
[8ms]   BEGIN TRANSACTION
[10ms]  INSERT invoices (...)
[25ms]  HTTP POST https://billing.internal/charge
[50ms]  UPDATE invoices SET status='paid'
[60ms]  COMMIT
[65ms]  Job finished
`,
    );
  });

  it("is the example at 80 columns", async () => {
    assert.equal(
      text(await documentOfRequest(exampleRequest(), "abc123"), VIEW),
      `Job: SendInvoiceJob (jid=abc123)
Duration: 65ms

[0ms]   Job started
[5ms]   SELECT users WHERE id=42                                             2ms
[8ms]   BEGIN TRANSACTION                                                   <1ms
[10ms]  INSERT invoices (...)  1 row                                         3ms
[25ms]  HTTP POST https://billing.internal/charge  201                      24ms
[50ms]  UPDATE invoices SET status='paid'  1 row                             2ms
[60ms]  COMMIT                                                               4ms
[65ms]  Job finished

Effects: invoices 1 inserted, 1 updated (committed); billing.internal 1 POST
`,
    );
  });

  it("is the example at 120 columns, with the waterfall", async () => {
    assert.equal(
      text(await documentOfRequest(exampleRequest(), "abc123"), { ...VIEW, width: 120 }),
      `Job: SendInvoiceJob (jid=abc123)
Duration: 65ms

[0ms]   Job started
[5ms]   SELECT users WHERE id=42                                                         2ms  ▕ ██                     ▏
[8ms]   BEGIN TRANSACTION                                                               <1ms  ▕  █                     ▏
[10ms]  INSERT invoices (...)  1 row                                                     3ms  ▕   ██                   ▏
[25ms]  HTTP POST https://billing.internal/charge  201                                  24ms  ▕         █████████      ▏
[50ms]  UPDATE invoices SET status='paid'  1 row                                         2ms  ▕                  █     ▏
[60ms]  COMMIT                                                                           4ms  ▕                      ██▏
[65ms]  Job finished

Effects: invoices 1 inserted, 1 updated (committed); billing.internal 1 POST; no Redis; no jobs enqueued; no errors
`,
    );
  });

  const JOBS: Readonly<Record<string, string>> = {
    "failed-then-changed": "12c0218bd14de9ead7416414",
    "rolled-back": "cdfe88074e477c7ce85aa689",
    "enqueues-in-transaction": "a3cb3ff68e0e5e1b128b787c",
    "active-job-retry": "e87f2adee04bc79d208b364d",
    "never-received": "b794dd0b44c3ec6fca9eb0ba",
    parallel: "9670e17a091bfe0c0e52e997",
  };
  for (const [name, jid] of Object.entries(JOBS)) {
    for (const [view, options] of Object.entries(VIEWS)) {
      it(`of the recorded job ${name} does not change unseen: ${view}`, async () => {
        const reader = await storedRun("shop-link-full");
        const document = await readJob(reader, parseJid(jid) ?? assert.fail(), {
          full: options.full,
        });
        assert.ok(document);
        assertGolden(`${name}.${view}.txt`, text(document, options));
      });
    }
  }

  it("never sends a control sequence to the terminal and never is wider than it, whatever the spans say", async () => {
    const forbidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
    const hostile = fc
      .stringMatching(/^[\s\S]{1,60}$/)
      .map((word) => `${word}\x1b]0;title\x07\x9b31m\u202e\r\n`);
    await fc.assert(
      fc.asyncProperty(hostile, fc.integer({ min: 40, max: 160 }), async (word, width) => {
        const trace = "0af7651916cd43dd8448eb211c80319c";
        const body = requestOf(
          [
            {
              traceId: trace,
              spanId: "00000000000000a1",
              name: word,
              kind: 5,
              start: 0n,
              end: 9n,
              attributes: { ...sidekiqAttributes("j".repeat(24), word, word) },
              error: { type: word, message: word, stacktrace: `${word}:1:in '${word}'` },
            },
            {
              traceId: trace,
              spanId: "00000000000000a2",
              parentSpanId: "00000000000000a1",
              name: word,
              kind: 3,
              start: 1n,
              end: 2n,
              scope: "PG",
              attributes: {
                "db.system": "postgresql",
                "db.statement": `SELECT * FROM "${word}" WHERE a = '${word}'`,
              },
            },
            {
              traceId: trace,
              spanId: "00000000000000a3",
              parentSpanId: "00000000000000a1",
              name: word,
              kind: 3,
              start: 2n,
              end: 3n,
              scope: "HTTP",
              attributes: { "http.request.method": word, "server.address": word, "url.path": word },
            },
            {
              traceId: trace,
              spanId: "00000000000000a4",
              parentSpanId: "00000000000000a1",
              name: word,
              kind: 1,
              start: 3n,
              end: 4n,
              scope: word,
            },
          ],
          { "service.name": word },
        );
        const document = await documentOfRequest(body, "j".repeat(24));
        for (const full of [false, true]) {
          for (const line of jobLines(document, { ...VIEW, full, width })) {
            assert.doesNotMatch(line, forbidden);
            if (line.startsWith("["))
              assert.ok(displayWidth(line) <= Math.max(width, 40 + 2 * word.length * 6), line);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
