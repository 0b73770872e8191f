/** `inspect --graph` in its four forms: on recorded jobs, on the chain of the design, and on hostile names. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import type { ChainGraph } from "../../../../src/jobscope/inspect/graph/chain-graph.js";
import { dotLines } from "../../../../src/jobscope/inspect/graph/dot-lines.js";
import { drawTree } from "../../../../src/jobscope/inspect/graph/draw-tree.js";
import { graphDocument } from "../../../../src/jobscope/inspect/graph/graph-document.js";
import { mermaidLines } from "../../../../src/jobscope/inspect/graph/mermaid-lines.js";
import {
  CHAIN_LIMITS,
  type ChainLimits,
  readChain,
} from "../../../../src/jobscope/inspect/graph/read-chain.js";
import { treeRows } from "../../../../src/jobscope/inspect/graph/tree-rows.js";
import { displayWidth } from "../../../../src/jobscope/inspect/layout.js";
import type { View } from "../../../../src/jobscope/inspect/view.js";
import type { JobDocument } from "../../../../src/jobscope/model/job-document.js";
import { jobTree } from "../../../../src/jobscope/model/tree/job-tree.js";
import type { TreeNode } from "../../../../src/jobscope/model/tree/tree-node.js";
import type { JobStoreReader } from "../../../../src/jobscope/store/job-store.js";
import { assertGolden } from "../../../golden.js";
import { assertKeepsSchema } from "../../../json-schema.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../../otlp-request.js";
import { recordedRuns } from "../../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../../stored-runs.js";
import { chainExample, EXAMPLE_JID } from "./chain-example.js";
import { parseDot } from "./dot-grammar.js";
import { PIPED } from "../../../plain-view.js";

const VIEW: View = { ...PIPED, width: 80 };

interface Drawn {
  readonly document: JobDocument;
  readonly tree: TreeNode;
  readonly chain: ChainGraph;
}

async function drawn(
  reader: JobStoreReader,
  jid: string,
  limits: Partial<ChainLimits> = {},
): Promise<Drawn> {
  const document = await documentOf(reader, jid);
  const chain = await readChain(reader, document, { ...CHAIN_LIMITS, ...limits });
  return { document, chain, tree: jobTree(document, document.attempts) };
}

function treeText({ document, tree, chain }: Drawn, view = VIEW, isFolded = true): string {
  return `${drawTree(treeRows(document, tree, chain, { view, isFolded }), view).join("\n")}\n`;
}

const dotText = ({ chain, tree }: Drawn, steps = true): string =>
  `${dotLines(chain, steps ? tree : undefined, true).join("\n")}\n`;

const mermaidText = ({ chain }: Drawn): string => `${mermaidLines(chain).join("\n")}\n`;

const NAME = "[a-z][A-Za-z0-9_]*";
const TEXT = '"(?:[^"#&<>`%\\\\;{}[\\]|]|#\\d+;|<br/>)*"';
const MERMAID_LINES = [
  /^flowchart TD$/,
  new RegExp(`^ {2}${NAME}\\[${TEXT}\\](?::::(?:failed|queued))?$`),
  new RegExp(`^ {2}${NAME} -\\.?->(?:\\|${TEXT}\\|)? ${NAME}$`),
  /^ {2}classDef \w+ [\w:#,-]+$/,
];

function assertMermaid(text: string): void {
  for (const line of text.trimEnd().split("\n"))
    assert.ok(
      MERMAID_LINES.some((form) => form.test(line)),
      line,
    );
}

const hasGraphviz = spawnSync("dot", ["-V"]).status === 0;

describe("inspect --graph", () => {
  it("draws the chain of the design, its transaction, what ran at once and what it enqueued", async () => {
    const reader = await storedRequests(...chainExample());
    assert.equal(
      treeText(await drawn(reader, EXAMPLE_JID)),
      `POST /checkout  shop-web                                                    88ms
└─ CheckoutJob 5d0e44a1  waited 1.31s                                      220ms
   ├─ SELECT carts WHERE id=311                                              3ms
   ├─ transaction, committed                                                35ms
   │  ├─ INSERT orders (...)  1 row                                          4ms
   │  ├─ UPDATE carts SET state='closed' WHERE id=311  1 row                 2ms
   │  ├─ ENQUEUE SyncCrmJob → 9a20f7c3 ! before COMMIT                       1ms
   │  │  └─ SyncCrmJob 9a20f7c3  queued                                        –
   │  ├─ COMMIT                                                              6ms
   │  └─ own time, no span                                                  22ms
   ├─ Pricing#quote                                                         64ms
   │  ├┬ HTTP GET https://promo.internal/9  404                             61ms
   │  ├┼ HTTP GET https://tax.internal/rates  200                           40ms
   │  ├┴ HTTP GET https://fx.internal/usd  200                              35ms
   │  └─ own time, no span                                                   3ms
   ├─ ENQUEUE SendReceiptJob → 4be1d2a0                                      1ms
   │  └─ SendReceiptJob 4be1d2a0  waited 340ms                              61ms
   └─ own time, no span                                                    117ms
`,
    );
  });

  it("draws the same chain in dot and in Mermaid, by jids", async () => {
    const chain = await drawn(await storedRequests(...chainExample()), EXAMPLE_JID);
    assertGolden("graph-chain.dot", dotText(chain, false));
    assertGolden("graph-chain.mmd", mermaidText(chain));
  });

  const JOBS: Readonly<Record<string, string>> = {
    "failed-then-changed": "12c0218bd14de9ead7416414",
    "enqueues-in-transaction": "a3cb3ff68e0e5e1b128b787c",
    parallel: "9670e17a091bfe0c0e52e997",
    "enqueues-itself": "eac10765d0de5f607d72d48a",
    "never-received": "b794dd0b44c3ec6fca9eb0ba",
    "alike-queries": "4e6dc46f",
  };
  for (const [name, prefix] of Object.entries(JOBS)) {
    it(`draws the recorded job ${name} as it did`, async () => {
      const reader = await storedRun("shop-link-full");
      const [jid = assert.fail()] = await reader.findJobIds(prefix, 1);
      const job = await drawn(reader, jid);
      assertGolden(`graph-${name}.80.txt`, treeText(job));
      assertGolden(`graph-${name}.ascii.txt`, treeText(job, { ...VIEW, ascii: true }));
      assertGolden(`graph-${name}.piped.txt`, treeText(job, { ...VIEW, width: undefined }));
    });
  }

  for (const { name } of recordedRuns()) {
    it(`draws every job of ${name} in every form, twice the same, within the width`, async () => {
      const reader = await storedRun(name);
      for (const jid of await jidsOf(reader)) {
        const job = await drawn(reader, jid);
        assert.equal(treeText(await drawn(reader, jid)), treeText(job));
        for (const line of treeText(job).split("\n")) assert.ok(displayWidth(line) <= 80, line);
        const { nodes } = parseDot(dotText(job));
        assert.ok(
          nodes.has(
            `j${jid.replace(/[^A-Za-z0-9]/g, (sign) => `_${sign.charCodeAt(0).toString(16)}_`)}`,
          ),
        );
        assertMermaid(mermaidText(job));
        assertKeepsSchema(
          "graph-v1",
          JSON.parse(JSON.stringify(graphDocument(job.document, job.tree, job.chain))),
        );
      }
    });
  }

  it("folds what is wider than 20 and counts it by state; --no-fold draws all", async () => {
    const reader = await storedRequests(...wideChain(32));
    const job = await drawn(reader, "f".repeat(24));
    assert.match(treeText(job), /\n└─ … 12 more SendReceiptJob \(10 completed, 2 failed\)\n/);
    assert.equal(job.chain.nodes.length, 22);
    const all = await drawn(reader, "f".repeat(24), { width: Number.POSITIVE_INFINITY });
    assert.equal(all.chain.nodes.length, 33);
    assert.doesNotMatch(treeText(all), /…/);
  });

  it("goes six levels up and down, and says that there is more", async () => {
    const reader = await storedRequests(...longChain(20));
    const { chain } = await drawn(reader, jidAt(10));
    assert.deepEqual(
      [...new Set(chain.nodes.map(({ level }) => level))],
      [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(
      chain.nodes
        .filter(({ kind }) => kind === "more")
        .map(({ level, more }) => [level, more?.jobs]),
      [
        [-7, null],
        [7, 1],
      ],
    );
    const near = await drawn(reader, jidAt(10), { depth: 1 });
    assert.equal(near.chain.nodes.length, 5);
  });

  it("names a job that enqueues one above it instead of going round", async () => {
    const job = await drawn(await storedRequests(...ring(3)), jidAt(0));
    assert.match(
      treeText(job),
      /ChainJob 00000002 .*\n +└─ ChainJob 00000000  waited .*\(above\)|\(above\)/,
    );
    assert.equal(job.chain.nodes.filter(({ kind }) => kind === "job").length, 3);
  });

  it("gives text that every reader of it can parse, whatever the names are", async () => {
    const hostile = fc
      .stringMatching(/^[\s\S]{1,20}$/)
      .map((word) => `${word}"]; } \\ %%{init: {}}%% <b>\`|#\n${word}\\`);
    await fc.assert(
      fc.asyncProperty(hostile, async (word) => {
        const reader = await storedRequests(
          requestOf(jobSpans({ jid: word, name: word, pushes: [[`${word}2`, word]] })),
        );
        const job = await drawn(reader, word.slice(0, 255));
        const { nodes, edges } = parseDot(dotText(job));
        assert.ok(nodes.size >= 2 && edges.length >= 1);
        assertMermaid(mermaidText(job));
        assert.doesNotMatch(treeText(job).replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assertKeepsSchema(
          "graph-v1",
          JSON.parse(JSON.stringify(graphDocument(job.document, job.tree, job.chain))),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("is dot to Graphviz itself", async function () {
    if (!hasGraphviz) this.skip();
    const word = 'a"]; } \\ <b>\\N\n\\';
    const reader = await storedRequests(
      requestOf(jobSpans({ jid: word, name: word, pushes: [[`${word}2`, word]] })),
    );
    const texts = [dotText(await drawn(reader, word))];
    const run = await storedRun("shop-link-full");
    for (const jid of await jidsOf(run)) texts.push(dotText(await drawn(run, jid)));
    for (const text of texts) {
      const { status, stderr } = spawnSync("dot", ["-Tcanon"], { input: text, encoding: "utf8" });
      assert.deepEqual([status, stderr], [0, ""], text);
    }
  });
});

interface JobFacts {
  readonly jid: string;
  readonly name: string;
  /** [jid, class] of what it enqueues. */
  readonly pushes: readonly (readonly [string, string])[];
  readonly failed?: boolean;
  readonly number?: number;
}

/** One attempt and the PRODUCER spans in it. */
function jobSpans({ jid, name, pushes, failed, number = 1 }: JobFacts): readonly SpanFacts[] {
  const traceId = number.toString(16).padStart(32, "a");
  const root = number.toString(16).padStart(16, "b");
  const start = 1_795_000_000_000_000_000n + BigInt(number) * 1_000_000_000n;
  return [
    {
      traceId,
      spanId: root,
      name: "default process",
      kind: 5,
      start,
      end: start + 100_000_000n,
      attributes: sidekiqAttributes(jid, name),
      ...(failed === true ? { error: { type: "RuntimeError", message: "no" } } : {}),
    },
    ...pushes.map(([child, childName], index) => ({
      traceId,
      spanId: (number * 1000 + index).toString(16).padStart(16, "c"),
      parentSpanId: root,
      name: "default publish",
      kind: 4,
      start: start + BigInt(index + 1) * 1_000_000n,
      end: start + BigInt(index + 1) * 1_000_000n + 500_000n,
      attributes: sidekiqAttributes(child, childName),
    })),
  ];
}

const jidAt = (number: number): string => number.toString(16).padStart(8, "0").padEnd(24, "0");

function wideChain(width: number): readonly Buffer[] {
  const children = Array.from({ length: width }, (_, index) => jidAt(index + 1));
  const parent = jobSpans({
    jid: "f".repeat(24),
    name: "FanOutJob",
    pushes: children.map((jid) => [jid, "SendReceiptJob"]),
  });
  const runs = children.flatMap((jid, index) =>
    jobSpans({
      jid,
      name: "SendReceiptJob",
      pushes: [],
      failed: index % 10 === 9 || index === 31,
      number: index + 2,
    }),
  );
  return [requestOf([...parent, ...runs])];
}

function longChain(length: number): readonly Buffer[] {
  return Array.from({ length }, (_, number) =>
    requestOf(
      jobSpans({
        jid: jidAt(number),
        name: "ChainJob",
        pushes: [[jidAt(number + 1), "ChainJob"]],
        number: number + 1,
      }),
    ),
  );
}

function ring(length: number): readonly Buffer[] {
  return Array.from({ length }, (_, number) =>
    requestOf(
      jobSpans({
        jid: jidAt(number),
        name: "ChainJob",
        pushes: [[jidAt((number + 1) % length), "ChainJob"]],
        number: number + 1,
      }),
    ),
  );
}
