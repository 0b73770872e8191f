/** `diff` on recorded attempts, and on the one case of its help that no recording has. */
import assert from "node:assert/strict";
import { type DiffView, diffLines } from "../../../src/jobscope/inspect/diff-text.js";
import { readJobByText } from "../../../src/jobscope/inspect/read-job.js";
import { COLOURED, PLAIN } from "../../../src/jobscope/inspect/style.js";
import { buildDiff } from "../../../src/jobscope/model/compare/build-diff.js";
import type { DiffDocument } from "../../../src/jobscope/model/compare/diff-document.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";
import { ingestBodies, recordedRun } from "../../recorded-runs.js";

const VIEW: DiffView = { width: 80, ascii: false, style: PLAIN, full: false };
const CHARGE = "12c0218bd14de9ead7416414";

async function recorded(run: string, ...jids: readonly string[]): Promise<readonly JobDocument[]> {
  const store = createMemoryStore();
  await ingestBodies(recordedRun(run).bodies, store.writer);
  const documents: JobDocument[] = [];
  for (const jid of jids) documents.push((await readJobByText(store.reader, jid)) ?? assert.fail());
  return documents;
}

async function built(spans: readonly SpanFacts[], jid: string): Promise<JobDocument> {
  const { writer, reader } = createMemoryStore();
  const body = requestOf(spans);
  await createIngest(writer, () => unixNano(1n))({
    body,
    codec: "identity",
    raw: body,
    format: "protobuf",
  });
  return (await readJobByText(reader, jid)) ?? assert.fail();
}

function diffOf(a: JobDocument, b: JobDocument, from = 1, to = 1): DiffDocument {
  const side = (document: JobDocument, number: number) => ({
    document,
    attempt: document.attempts[number - 1] ?? assert.fail(),
  });
  const diff = buildDiff(side(a, from), side(b, to));
  assertKeepsSchema("diff-v1", JSON.parse(JSON.stringify(diff)));
  assertKeepsSchema("diff-v1", JSON.parse(JSON.stringify({ ...diff, steps: null })));
  return diff;
}

/** A job with these statements, each of 3 ms unless said, one after another. */
function jobOf(
  jid: string,
  statements: readonly (readonly [string, number?])[],
): readonly SpanFacts[] {
  const traceId = jid.padStart(32, "0");
  let now = 1_795_000_000_000_000_000n;
  const start = now;
  const steps = statements.map(([statement, ms = 3], at): SpanFacts => {
    const from = now;
    now += BigInt(ms * 1e6);
    return {
      traceId,
      spanId: (at + 2).toString(16).padStart(16, "0"),
      parentSpanId: "0000000000000001",
      name: statement,
      kind: 3,
      start: from,
      end: now,
      scope: "PG",
      attributes: { "db.system": "postgresql", "db.statement": statement },
    };
  });
  const root: SpanFacts = {
    traceId,
    spanId: "0000000000000001",
    name: "default process",
    kind: 5,
    start,
    end: now,
    attributes: sidekiqAttributes(jid, "ReportJob"),
  };
  return [root, ...steps];
}

const marks = ({ steps }: DiffDocument): readonly string[] =>
  (steps ?? []).map(({ mark, title }) => `${mark} ${title}`);

describe("the text of a diff", () => {
  const cases = [
    ["first-and-last-attempt", 1, 3],
    ["first-and-second-attempt", 1, 2],
    ["attempt-and-itself", 2, 2],
  ] as const;
  for (const [name, from, to] of cases) {
    for (const [view, options] of Object.entries({
      "80": VIEW,
      "120": { ...VIEW, width: 120 },
      piped: { ...VIEW, width: undefined },
      ascii: { ...VIEW, ascii: true },
      colour: { ...VIEW, style: COLOURED },
    })) {
      it(`of recorded attempts does not change unseen: ${name}, ${view}`, async () => {
        const [job = assert.fail()] = await recorded("shop-link-full", CHARGE);
        const lines = diffLines(diffOf(job, job, from, to), options);
        assertGolden(`diff-${name}.${view}.txt`, `${lines.join("\n")}\n`);
      });
    }
  }

  it("says that two jobs are of different classes", async () => {
    const [a = assert.fail(), b = assert.fail()] = await recorded(
      "shop-link-full",
      "fff75a57c8f7f9bd6f2a452b",
      "eac10765d0de5f607d72d48a",
    );
    const diff = diffOf(a, b);
    assert.deepEqual([diff.same, diff.same_class], [false, false]);
    assert.match(diffLines(diff, VIEW).join("\n"), /^Classes differ: ReceiptJob and PingJob$/m);
  });

  it("finds two runs of one class the same when only values differ, and shows ? for those", async () => {
    const query = (id: number): readonly [string] => [`SELECT * FROM orders WHERE id = ${id}`];
    const [a, b] = [
      await built(jobOf("a1", [query(9917)]), "a1"),
      await built(jobOf("b2", [query(5)]), "b2"),
    ];
    const diff = diffOf(a, b);
    assert.equal(diff.same, true);
    assert.deepEqual(marks(diff), ["same SELECT orders WHERE id=?"]);
  });

  it("marks a duration that moved by more than a fifth and more than 10 ms, and no other", async () => {
    const of = (jid: string, ...ms: readonly number[]): Promise<JobDocument> =>
      built(
        jobOf(
          jid,
          ms.map((each, at) => [`SELECT * FROM t${at}`, each]),
        ),
        jid,
      );
    const diff = diffOf(await of("a1", 5, 100, 100, 50, 100), await of("b2", 15, 120, 121, 61, 79));
    assert.deepEqual(
      (diff.steps ?? []).map(({ changes }) => changes.join()),
      ["", "", "duration", "duration", "duration"],
    );
  });

  it("counts every step of both sides once, whatever was removed and added", async () => {
    const of = (jid: string, words: string): Promise<JobDocument> =>
      built(
        jobOf(
          jid,
          words.split("").map((word) => [`SELECT * FROM ${word}`]),
        ),
        jid,
      );
    const diff = diffOf(await of("a1", "abcdef"), await of("b2", "axcdyef"));
    assert.deepEqual(diff.counts, { same: 5, changed: 0, removed: 1, added: 2 });
    assert.deepEqual(
      marks(diff).filter((mark) => !mark.startsWith("same")),
      ["removed SELECT b", "added SELECT x", "added SELECT y"],
    );
    assert.equal(diff.first_difference?.title, "SELECT b");
  });

  it("hides most of a long stretch that is the same, and of what is removed again and again", async () => {
    const many = (count: number, word: string): (readonly [string])[] =>
      Array.from({ length: count }, () => [`SELECT * FROM ${word}`] as const);
    const a = await built(
      jobOf("a1", [...many(400, "items"), ...many(1, "x"), ...many(100, "y")]),
      "a1",
    );
    const b = await built(jobOf("b2", [...many(400, "items")]), "b2");
    const diff = diffOf(a, b);
    const lines = diffLines(diff, VIEW);
    assert.match(lines.join("\n"), /… 397 more that are the same \(--full\)/);
    assert.match(lines.join("\n"), /… 97 more alike \(--full\)/);
    assert.ok(diffLines(diff, { ...VIEW, full: true }).length > 500);
  });

  it("is never wider than the terminal and never sends it a control sequence", async () => {
    const word = `${"x".repeat(90)}\x1b[31m`;
    const a = await built(
      jobOf(`a${"1".repeat(23)}`, [[`SELECT * FROM "${word}"`]]),
      `a${"1".repeat(23)}`,
    );
    const b = await built(jobOf(`b${"2".repeat(23)}`, [["SELECT 1"]]), `b${"2".repeat(23)}`);
    for (const line of diffLines(diffOf(a, b), VIEW)) {
      assert.equal(line.includes("\x1b"), false);
      if (/^ {2}[-+~ ] /.test(line)) assert.ok(line.length <= 80, line);
    }
  });
});
