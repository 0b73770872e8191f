/** `why`: the checklist of recorded jobs, and what other jobs of the store add to it. */
import assert from "node:assert/strict";
import { classTimes } from "../../../src/jobscope/inspect/class-times.js";
import { foundBy } from "../../../src/jobscope/inspect/found-by.js";
import { readJobByText } from "../../../src/jobscope/inspect/read-job.js";
import { sameWindow } from "../../../src/jobscope/inspect/same-window.js";
import { COLOURED, PLAIN } from "../../../src/jobscope/inspect/style.js";
import { whyLines, whyMarkdown, type WhyView } from "../../../src/jobscope/inspect/why-text.js";
import { buildWhy, failureOf } from "../../../src/jobscope/model/why/build-why.js";
import type { SameWindow, WhyDocument } from "../../../src/jobscope/model/why/why-document.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { createMemoryStore, type MemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";
import { ingestBodies, recordedRun } from "../../recorded-runs.js";

const VIEW: WhyView = { width: 80, ascii: false, style: PLAIN, zone: "UTC" };
const SECOND = 1_000_000_000n;
const START = 1_772_529_242_000_000_000n;

async function whyOf(reader: JobStoreReader, id: string, jid = id): Promise<WhyDocument> {
  const document = (await readJobByText(reader, jid)) ?? assert.fail();
  const failure = failureOf(document);
  const times = await classTimes(reader, document.job.class ?? "");
  const why = buildWhy(document, {
    foundBy: foundBy(id, document),
    sameWindow: failure && (await sameWindow(reader, { jid, failure })),
    took: times.took,
    waited: times.waited,
  });
  assertKeepsSchema("why-v1", JSON.parse(JSON.stringify(why)));
  return why;
}

async function ingest(store: MemoryStore, spans: readonly SpanFacts[], at = START): Promise<void> {
  const body = requestOf(spans);
  const outcome = await createIngest(store.writer, () => unixNano(at))({
    body,
    codec: "identity",
    raw: body,
    format: "protobuf",
  });
  assert.equal(outcome.kind, "accepted");
}

let count = 0;

/** One attempt of 2 s that POSTs to a host and fails of it, unless its error is another. */
function failing(
  jid: string,
  jobClass: string,
  at: bigint,
  host = "billing.internal",
  error = "Net::ReadTimeout",
): readonly SpanFacts[] {
  const traceId = (++count).toString(16).padStart(32, "0");
  const raised = {
    type: "Net::ReadTimeout",
    message: "Net::ReadTimeout with #<TCPSocket:(closed)>",
  };
  return [
    {
      traceId,
      spanId: "00000000000000a1",
      name: "default process",
      kind: 5,
      start: at,
      end: at + 2n * SECOND,
      attributes: sidekiqAttributes(jid, jobClass),
      error: { type: error, message: error === raised.type ? raised.message : "something else" },
    },
    {
      traceId,
      spanId: "00000000000000a2",
      parentSpanId: "00000000000000a1",
      name: "POST",
      kind: 3,
      start: at + SECOND,
      end: at + 2n * SECOND,
      scope: "Net::HTTP",
      attributes: {
        "http.request.method": "POST",
        "url.scheme": "https",
        "server.address": host,
        "url.path": "/charge",
      },
      error: raised,
    },
  ];
}

const windowOf = async (store: MemoryStore, jid: string): Promise<SameWindow> =>
  (await whyOf(store.reader, jid)).same_window ?? assert.fail();

describe("the text of why", () => {
  const JOBS = {
    "failed-then-changed": "12c0218bd14de9ead7416414",
    "rolled-back": "cdfe88074e477c7ce85aa689",
    "never-received": "b794dd0b44c3ec6fca9eb0ba",
  } as const;
  const views = {
    "80": VIEW,
    piped: { ...VIEW, width: undefined },
    colour: { ...VIEW, style: COLOURED },
  };
  for (const [name, jid] of Object.entries(JOBS)) {
    it(`of the recorded job ${name} does not change unseen`, async () => {
      const store = createMemoryStore();
      await ingestBodies(recordedRun("shop-link-full").bodies, store.writer);
      const why = await whyOf(store.reader, jid);
      for (const [view, options] of Object.entries(views))
        assertGolden(`why-${name}.${view}.txt`, `${whyLines(why, options).join("\n")}\n`);
      assertGolden(`why-${name}.md`, `${whyMarkdown(why, VIEW).join("\n")}\n`);
    });
  }

  it("asks the same questions in the same order of every recorded job", async () => {
    const store = createMemoryStore();
    const run = recordedRun("shop-link-default");
    await ingestBodies(run.bodies, store.writer);
    const labels = new Set<string>();
    for (const { jid } of run.jobs) {
      const markdown = whyMarkdown(await whyOf(store.reader, jid), VIEW);
      labels.add(
        markdown
          .slice(2)
          .map((line) => line.split(":**", 1)[0])
          .join(),
      );
    }
    assert.equal(labels.size, 1);
    assert.equal([...labels][0]?.split(",").length, 14);
  });
});

describe("same window", () => {
  it("counts the other jobs that failed at the same host, by class, and those of the hour before", async () => {
    const store = createMemoryStore();
    await ingest(store, failing("own", "SendInvoiceJob", START));
    for (let at = 0; at < 29; at++)
      await ingest(store, failing(`send${at}`, "SendInvoiceJob", START + BigInt(at) * SECOND));
    for (let at = 0; at < 11; at++)
      await ingest(store, failing(`refund${at}`, "RefundJob", START - BigInt(at) * SECOND));
    for (let at = 0; at < 3; at++)
      await ingest(store, failing(`ledger${at}`, "SyncLedgerJob", START));
    // Another host, another time, too long ago; and an error that is rescued before another is raised still counts.
    await ingest(store, failing("other-host", "SendInvoiceJob", START, "mail.internal"));
    await ingest(store, failing("later", "SendInvoiceJob", START + 120n * SECOND));
    await ingest(store, failing("hour-before", "SendInvoiceJob", START - 600n * SECOND));
    await ingest(store, failing("day-before", "SendInvoiceJob", START - 86_400n * SECOND));
    const window = await windowOf(store, "own");
    assert.deepEqual(window.target, { kind: "http", name: "billing.internal" });
    assert.deepEqual([window.jobs, window.jobs_hour_before, window.complete], [43, 1, true]);
    assert.deepEqual(window.classes, [
      { class: "SendInvoiceJob", jobs: 29 },
      { class: "RefundJob", jobs: 11 },
      { class: "SyncLedgerJob", jobs: 3 },
    ]);
    const text = whyLines(await whyOf(store.reader, "own"), { ...VIEW, width: undefined }).join(
      "\n",
    );
    assert.match(
      text,
      /Same window {9}billing\.internal failed for 43 other jobs of 3 classes 09:13:54 to 09:14:32; 1 in the hour before/,
    );
    assert.match(text, /Left behind {9}POST billing\.internal\/charge, no response recorded/);
  });

  it("is 60 s before the failing step began to 60 s after it ended, to the nanosecond", async () => {
    const store = createMemoryStore();
    await ingest(store, failing("own", "SendInvoiceJob", START));
    // The step lasts from 1 s to 2 s after the start and counts where it ends.
    for (const [jid, ends] of [
      ["before", -59n * SECOND - 1n],
      ["first", -59n * SECOND],
      ["last", 62n * SECOND],
      ["after", 62n * SECOND + 1n],
    ] as const)
      await ingest(store, failing(jid, `${jid}Job`, START + ends - 2n * SECOND));
    const window = await windowOf(store, "own");
    assert.deepEqual(
      window.classes.map(({ class: name }) => name),
      ["firstJob", "lastJob"],
    );
    assert.equal(window.jobs_hour_before, 1);
    assert.equal(window.from, "2026-03-03T09:13:03.000000000Z");
    assert.equal(window.to, "2026-03-03T09:15:04.000000000Z");
  });

  it("says when it stopped before it had read all", async () => {
    const store = createMemoryStore();
    for (let at = 0; at < 10; at++)
      await ingest(store, failing(`job${at}`, "SendInvoiceJob", START));
    const document = (await readJobByText(store.reader, "job0")) ?? assert.fail();
    const failure = failureOf(document) ?? assert.fail();
    for (const limits of [
      { lookedAtMax: 100, readMax: 4 },
      { lookedAtMax: 4, readMax: 100 },
    ]) {
      const window = await sameWindow(store.reader, { jid: "job0", failure }, limits);
      assert.deepEqual([window.complete, window.jobs], [false, 4]);
    }
    const all = await sameWindow(
      store.reader,
      { jid: "job0", failure },
      { lookedAtMax: 10, readMax: 9 },
    );
    assert.deepEqual([all.complete, all.jobs], [true, 9]);
  });

  it("has nothing to look for where the error was raised in no recorded step", async () => {
    const store = createMemoryStore();
    await ingest(
      store,
      failing("own", "SendInvoiceJob", START, "billing.internal", "ArgumentError"),
    );
    const why = await whyOf(store.reader, "own");
    assert.deepEqual([why.same_window, why.same_window_reason], [null, "no_failing_step"]);
    assert.match(
      whyLines(why, VIEW).join("\n"),
      /First error {9}attempt 1: ArgumentError in no recorded step/,
    );
  });
});

describe("found by", () => {
  const jid = "e87f2adee04bc79d208b364d";
  for (const [id, kind] of [
    [jid, "jid"],
    ["e87f2ade", "beginning of the jid"],
    [`JID-${jid}`, "jid"],
    ["2142fefd-5bce-4850-950d-9081c01cd3d0", "ActiveJob id"],
    ["2142fefd5bce4850950d9081c01cd3d0", "ActiveJob id"],
    [`6a6f6274${jid}`, "job trace id"],
    ["6638108e", "trace id"],
  ] as const) {
    it(`tells that ${id} is a ${kind}, and the other ids that lead there`, async () => {
      const store = createMemoryStore();
      await ingestBodies(recordedRun("shop-link-full").bodies, store.writer);
      const document = (await readJobByText(store.reader, jid)) ?? assert.fail();
      const found = foundBy(id, document);
      assert.equal(found.kind, kind);
      assert.equal(
        found.also.some((each) => each.kind === "jid"),
        !kind.includes("jid"),
      );
      assert.ok(found.also.length > 0);
    });
  }
});
