/** `jobtrace graph` in its four forms: the mock-up of the design, recorded runs, built cycles and hostile names. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import {
  classGraphDot,
  classGraphMermaid,
} from "../../../../src/jobscope/inspect/class-graph/class-graph-pictures.js";
import {
  classGraphLines,
  type ClassGraphView,
} from "../../../../src/jobscope/inspect/class-graph/class-graph-text.js";
import { readClassGraph } from "../../../../src/jobscope/inspect/class-graph/read-class-graph.js";
import { displayWidth } from "../../../../src/jobscope/inspect/layout.js";
import { COLOURED, PLAIN } from "../../../../src/jobscope/inspect/style.js";
import type { ClassGraphDocument } from "../../../../src/jobscope/model/class-graph/class-graph-document.js";
import { createClassGraph } from "../../../../src/jobscope/model/class-graph/collect-class-graph.js";
import type { Enqueuer } from "../../../../src/jobscope/model/class-graph/enqueuer.js";
import { createEnqueuerFinder } from "../../../../src/processor/find-enqueuers.js";
import { keepSpans } from "../../../../src/processor/kept-spans.js";
import { attempt, jidOf, push, request, WEB, WORKER } from "../../../cases/sidekiq-spans.js";
import { assertGolden } from "../../../golden.js";
import { assertKeepsSchema } from "../../../json-schema.js";
import { requestOf, type SpanFacts } from "../../../otlp-request.js";
import { recordedRun, recordedRuns } from "../../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../../stored-runs.js";
import { seededRandom } from "../../../seeded-random.js";
import { parseDot } from "../graph/dot-grammar.js";

const PIPED: ClassGraphView = { width: undefined, ascii: false, style: PLAIN, waits: false };
const NARROW: ClassGraphView = { ...PIPED, width: 80 };
const WINDOW = "24h to 09:15 UTC";

const NAME = "[a-z][A-Za-z0-9_]*";
const TEXT = '"(?:[^"#&<>`%\\\\;{}[\\]|]|#\\d+;|<br/>)*"';
const MERMAID_LINES = [
  /^flowchart LR$/,
  new RegExp(`^ {2}${NAME}(?:\\[${TEXT}\\]|\\(\\[${TEXT}\\]\\))(?::::long)?$`),
  new RegExp(`^ {2}${NAME} (?:-->|==>)\\|${TEXT}\\| ${NAME}$`),
  /^ {2}classDef \w+ [\w:#,-]+$/,
];

const hasGraphviz = spawnSync("dot", ["-V"]).status === 0;

interface Pushes {
  readonly by: Enqueuer;
  readonly class: string;
  readonly count: number;
  readonly wait?: number;
}

/** Of jobs that are numbered on, see {@link jidAt}. */
function graphOf(all: readonly Pushes[]): ClassGraphDocument {
  const graph = createClassGraph();
  let number = 0;
  for (const { by, class: name, count, wait = null } of all)
    for (let at = 0; at < count; at++)
      graph.add({ jid: jidAt(number++), class: name, wait_ns: wait }, [by]);
  return graph.document(undefined);
}

function jidAt(number: number): string {
  return String(number).padStart(8, "0").padEnd(24, "0");
}

function byJob(jobClass: string, jid = `by-${jobClass}`): Enqueuer {
  return { kind: "job", jid, jobClass, isRetry: false };
}

/** The graph of the design: chains of three polling jobs among others. */
function mockUp(): ClassGraphDocument {
  const checkout: Enqueuer = { kind: "request", title: "POST /checkout" };
  return graphOf([
    { by: checkout, class: "CheckoutJob", count: 1204, wait: 1_310_000_000 },
    { by: byJob("CheckoutJob"), class: "SendReceiptJob", count: 1204, wait: 6_000_000 },
    { by: byJob("CheckoutJob"), class: "SyncCrmJob", count: 1180 },
    ...Array.from({ length: 9 }, (_, at) => ({
      by: byJob("SyncCrmJob", jidAt(at % 2 === 0 ? 2408 + at : 3588 + at - 1)),
      class: "SyncCrmJob",
      count: 1,
    })),
    { by: { kind: "span", title: "cron" }, class: "MonthlyReportJob", count: 31 },
  ]);
}

const text = (document: ClassGraphDocument, view: ClassGraphView): string =>
  `${classGraphLines(document, WINDOW, view).join("\n")}\n`;

describe("jobtrace graph", () => {
  it("draws the mock-up of the design", () => {
    const [first, second, third, blank, ...rest] = classGraphLines(mockUp(), WINDOW, NARROW);
    assert.deepEqual(
      [first, second, third, blank],
      [
        "POST /checkout ──1,204──▶ CheckoutJob ──1,204──▶ SendReceiptJob",
        "                                      └──1,180──▶ SyncCrmJob ──9──▶ SyncCrmJob ↺",
        "cron ──31──▶ MonthlyReportJob",
        "",
      ],
    );
    assert.deepEqual(rest.slice(0, 2), [
      "Cycles",
      "  SyncCrmJob → SyncCrmJob   9 times, longest chain 3   example 00002408",
    ]);
    const wide = classGraphLines(mockUp(), WINDOW, { ...NARROW, width: 120 });
    assert.match(wide.join("\n"), / {3}example 00002408 → 00003588 → 00003589\n/);
    assertGolden("class-graph-mockup.txt", text(mockUp(), NARROW));
    assertGolden("class-graph-mockup.narrow.txt", text(mockUp(), { ...NARROW, width: 60 }));
    assertGolden("class-graph-mockup.ascii.txt", text(mockUp(), { ...NARROW, ascii: true }));
    const waits = { ...PIPED, waits: true, style: COLOURED };
    assertGolden("class-graph-mockup.colour.txt", text(mockUp(), waits));
    assertGolden("class-graph-mockup.dot", `${classGraphDot(mockUp()).join("\n")}\n`);
    assertGolden("class-graph-mockup.mmd", `${classGraphMermaid(mockUp()).join("\n")}\n`);
  });

  for (const name of ["shop-link-full", "shop-child", "cap-link"]) {
    it(`draws ${name}`, async () => {
      const document = await readClassGraph(await storedRun(name), { filter: {} });
      assertKeepsSchema("class-graph-v1", document);
      assertGolden(`class-graph-${name}.80.txt`, text(document, NARROW));
      assertGolden(`class-graph-${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
    });
  }

  for (const { name } of recordedRuns()) {
    it(`says of every job of ${name} what its document says of who enqueued it`, async () => {
      const reader = await storedRun(name);
      const find = createEnqueuerFinder(reader, keepSpans());
      let pushes = 0;
      for (const jid of await jidsOf(reader)) {
        const { job } = await documentOf(reader, jid);
        for (const by of job.enqueued_by) {
          pushes++;
          const rows = await reader.findRows(jid);
          const row = rows.find(({ spanId }) => spanId === by.span_id) ?? assert.fail("no row");
          const found = await find(row);
          const title =
            found.kind === "job" ? found.jobClass : "title" in found ? found.title : null;
          const parent = found.kind === "job" ? found.jid : null;
          assert.deepEqual([found.kind, title, parent], [by.kind, by.title, by.jid], jid);
        }
      }
      const { pushes: counted } = await readClassGraph(reader, { filter: {} });
      assert.equal(counted, pushes);
    });
  }

  it("finds a class that enqueues itself and two that enqueue each other, and filters by the enqueued", async () => {
    const reader = await storedRequests(requestOf(cycleSpans(), WORKER), requestOf([web()], WEB));
    const document = await readClassGraph(reader, { filter: {} });
    assert.deepEqual(
      document.edges.map(({ from, to, count, wait_ns: wait }) => [from, to, count, wait]),
      [
        ["request:POST /orders", "job:PollJob", 1, 1_000_000],
        ["job:PingJob", "job:PongJob", 2, 1_000_000],
        ["job:PollJob", "job:PingJob", 1, 1_000_000],
        ["job:PollJob", "job:PollJob", 2, 1_000_000],
        ["job:PongJob", "job:PingJob", 1, 1_000_000],
      ],
    );
    assert.deepEqual(
      document.cycles.map(({ path, longest_chain: longest, example }) => [path, longest, example]),
      [
        [["job:PingJob", "job:PongJob"], 4, ["a3", "a4", "a5", "a6"].map(jidOf)],
        [["job:PollJob"], 3, ["a0", "a1", "a2"].map(jidOf)],
      ],
    );
    assert.deepEqual(document.roots, ["request:POST /orders"]);
    assertGolden("class-graph-cycles.80.txt", text(document, NARROW));
    const pongs = await readClassGraph(reader, { filter: { class: "Pong*" } });
    assert.deepEqual(
      pongs.edges.map(({ from, to, count }) => [from, to, count]),
      [["job:PingJob", "job:PongJob", 2]],
    );
  });

  it("is the same however the spans came", async () => {
    const bodies = recordedRun("shop-link-full").bodies.map((body) => gunzipSync(body));
    const documents: unknown[] = [];
    const random = seededRandom(7);
    for (let time = 0; time < 4; time++) {
      const shuffled = [...bodies].sort(() => random.next() - 0.5);
      const reader = await storedRequests(...shuffled, ...(time % 2 === 0 ? shuffled : []));
      documents.push(await readClassGraph(reader, { filter: {} }));
    }
    for (const each of documents) assert.deepEqual(each, documents[0]);
  });

  it("cuts and bends nothing in a pipe, and nothing is wider than the terminal", () => {
    const wide = graphOf(
      Array.from({ length: 30 }, (_, at) => ({
        by: at === 0 ? ({ kind: "request", title: "GET /" } as const) : byJob(`Some${at}Job`),
        class: `Some${at + 1}Job`,
        count: 1,
      })),
    );
    const round = graphOf([
      { by: byJob("ABitLongerNameOfAJob"), class: "ABitLongerNameOfAJob", count: 1 },
    ]);
    for (const width of [40, 55, 60, 80, 120])
      for (const ascii of [false, true])
        for (const line of [wide, round].flatMap((document) =>
          classGraphLines(document, WINDOW, { ...NARROW, width, ascii }).slice(0, 30),
        ))
          assert.ok(displayWidth(line) <= width || /^ {2}ABit|^ {4}example/.test(line), line);
    const piped = text(wide, PIPED);
    for (let at = 1; at <= 30; at++) assert.match(piped, new RegExp(`Some${at}Job`));
    assert.match(piped, /└──1──▶ Some30Job/);
  });

  it("of a chain deeper than a drawing may be says how much is not drawn", () => {
    const deep = graphOf(
      Array.from({ length: 60 }, (_, at) => ({
        by: at === 0 ? ({ kind: "request", title: "GET /" } as const) : byJob(`Some${at}Job`),
        class: `Some${at + 1}Job`,
        count: 1,
      })),
    );
    assert.match(text(deep, PIPED), /Some40Job …\n/);
    assert.match(text(deep, PIPED), /\n20 edges not drawn: --json has all\n$/);
  });

  it("quotes whatever names contain, in every form", () => {
    const hostile = fc
      .stringMatching(/^[\s\S]{1,20}$/)
      .map((word) => `${word}"]; } \\ %%{init: {}}%% <b>\`|#\n${word}\\`);
    fc.assert(
      fc.property(hostile, (word) => {
        const document = graphOf([
          { by: { kind: "request", title: word }, class: word, count: 2 },
          { by: byJob(word, word), class: word, count: 1 },
        ]);
        const { nodes, edges } = parseDot(classGraphDot(document).join("\n"));
        assert.deepEqual([nodes.size, edges.length], [2, 2]);
        for (const line of classGraphMermaid(document))
          assert.ok(
            MERMAID_LINES.some((form) => form.test(line)),
            line,
          );
        for (const line of classGraphLines(document, WINDOW, PIPED))
          assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assertKeepsSchema("class-graph-v1", JSON.parse(JSON.stringify(document)));
      }),
      { numRuns: 100 },
    );
  });

  it("is dot to Graphviz itself", async function () {
    if (!hasGraphviz) this.skip();
    const word = 'a"]; } \\ <b>\\N\n\\';
    const documents = [
      graphOf([{ by: { kind: "request", title: word }, class: word, count: 1 }]),
      mockUp(),
      await readClassGraph(await storedRun("shop-link-full"), { filter: {} }),
    ];
    for (const document of documents) {
      const input = classGraphDot(document).join("\n");
      const { status, stderr } = spawnSync("dot", ["-Tcanon"], { input, encoding: "utf8" });
      assert.deepEqual([status, stderr], [0, ""], input);
    }
  });
});

function web(): SpanFacts {
  return request({ trace: "a0", span: "f0" }, { from: 0, to: 5 });
}

/** A request pushes a0; a0 → a1 → a2 of PollJob; a2 → a3 Ping → a4 Pong → a5 Ping → a6 Pong. One trace holds it all. */
function cycleSpans(): readonly SpanFacts[] {
  const classes = ["Poll", "Poll", "Poll", "Ping", "Pong", "Ping", "Pong"];
  return classes.flatMap((name, at) => {
    const jid = jidOf(`a${at}`);
    const parent = at === 0 ? "f0" : `c${at - 1}`;
    const pushed = at * 10 + 2;
    const place = { trace: "a0", span: `b${at}`, parent };
    return [
      push(jid, place, pushed, `${name}Job`),
      attempt(
        jid,
        { trace: "a0", span: `c${at}`, parent: `b${at}` },
        { from: pushed + 1, to: pushed + 20, enqueued: pushed, jobClass: `${name}Job` },
      ),
    ];
  });
}
