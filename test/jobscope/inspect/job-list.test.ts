/** Lists: every row says what the job's own document says, every filter chooses what it names. */
import assert from "node:assert/strict";
import type { JobFilter } from "../../../src/jobscope/inspect/job-filter.js";
import { jobLineJson } from "../../../src/jobscope/inspect/job-line.js";
import { listJobs } from "../../../src/jobscope/inspect/job-list.js";
import { readJob, readJobByText } from "../../../src/jobscope/inspect/read-job.js";
import { createJobsReader } from "../../../src/jobscope/inspect/read-jobs.js";
import { jobsInOrder } from "../../../src/jobscope/inspect/sorted-jobs.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { parseJid } from "../../../src/jobscope/model/ids.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { requestOf, sidekiqAttributes } from "../../otlp-request.js";
import { recordedRuns } from "../../recorded-runs.js";
import { linesOf, recordedStore, storeOf } from "./listed-store.js";

async function documentsOf(reader: JobStoreReader): Promise<readonly JobDocument[]> {
  const documents: JobDocument[] = [];
  for (const { jid } of await linesOf(reader)) {
    const document = await readJobByText(reader, jid);
    assert.ok(document);
    documents.push(document);
  }
  return documents;
}

describe("a list", () => {
  for (const run of recordedRuns()) {
    it(`${run.name}: agrees with inspect about every job, from documents and from the index alone`, async () => {
      const { reader } = await recordedStore(run.name);
      const lines = await linesOf(reader);
      assert.equal(new Set(lines.map(({ jid }) => jid)).size, lines.length);
      const summaries = new Map(
        (await listJobs(reader, { limit: undefined })).map((summary) => [summary.jid, summary]),
      );
      assert.equal(summaries.size, lines.length);
      for (const line of lines) {
        assertKeepsSchema("job-line-v1", JSON.parse(jobLineJson(line)));
        const document = await readJobByText(reader, line.jid);
        assert.ok(document);
        const { job, attempts, errors } = document;
        const facts = (of: typeof job | typeof line) => ({
          jid: of.jid,
          class: of.class,
          queue: of.queue,
          state: of.state,
          started_at: of.started_at,
          finished_at: of.finished_at,
          duration_ns: of.duration_ns,
        });
        assert.deepEqual(facts(line), facts(job));
        assert.deepEqual(
          [line.state_detail, line.wait_ns, line.wait_reason, line.enqueued_at],
          [job.state_detail, job.wait_ns, job.wait_reason, job.enqueued_at],
        );
        assert.equal(line.attempts, attempts.length);
        assert.equal(line.error?.fingerprint, errors.last?.error.fingerprint);
        const summary = summaries.get(line.jid);
        assert.ok(summary);
        assert.deepEqual(
          [summary.state, summary.class, summary.attempts, summary.wait_ns, summary.duration_ns],
          [job.state, job.class, attempts.length, job.wait_ns, job.duration_ns],
          `${line.jid}: the index alone`,
        );
        // What a job says of one that it enqueued is what that one says of itself.
        const jid = parseJid(line.jid);
        const children = (jid && (await readJob(reader, jid)))?.chain.children ?? [];
        for (const { id, state, started_at, wait_ns, duration_ns } of children) {
          const child = await readJobByText(reader, id);
          if (child === undefined) continue;
          assert.deepEqual(
            [state, started_at, wait_ns, duration_ns],
            [child.job.state, child.job.started_at, child.job.wait_ns, child.job.duration_ns],
            `${line.jid} of its child ${id}`,
          );
        }
      }
    });
  }

  it("is by falling time of the last news", async () => {
    const lines = await linesOf((await recordedStore("shop-link-full")).reader);
    const times = lines.map(({ latest_at: at }) => at);
    assert.deepEqual(times, times.toSorted().toReversed());
    assert.ok(lines.length > 20);
  });

  it("ends where it is told to, and gives what was found until then", async () => {
    const { reader } = await recordedStore("shop-link-full");
    assert.equal((await linesOf(reader, {}, 3)).length, 3);
    const stop = new AbortController();
    let looked = 0;
    const jobs = jobsInOrder(
      reader,
      createJobsReader(reader),
      {},
      {
        order: "started",
        limit: 100,
        signal: stop.signal,
        onLook: () => ++looked === 5 && stop.abort(),
      },
    );
    let count = 0;
    for await (const _ of jobs) count++;
    assert.deepEqual([looked, count > 0, count <= 5], [5, true, true]);
  });

  describe("filters choose what they name, and all of it", () => {
    const hasWritten = (document: JobDocument, table: string): boolean =>
      document.effects.tables.some(
        (effect) =>
          effect.table === table &&
          effect.inserts.statements + effect.updates.statements + effect.deletes.statements > 0,
      );
    const cases: readonly {
      readonly name: string;
      readonly filter: JobFilter;
      /** The same, said of the document. */
      readonly wants: (document: JobDocument) => boolean;
    }[] = [
      { name: "nothing", filter: {}, wants: () => true },
      {
        name: "several states",
        filter: { states: ["failed", "queued"] },
        wants: ({ job }) => job.state === "failed" || job.state === "queued",
      },
      {
        name: "a class",
        filter: { class: "*Invoice*" },
        wants: ({ job }) => job.class === "SendInvoiceJob",
      },
      {
        name: "a queue",
        filter: { queue: "mailers" },
        wants: ({ job }) => job.queue === "mailers",
      },
      {
        name: "slower than",
        filter: { slowerThan: 300e6 },
        wants: ({ job }) => job.duration_ns !== null && job.duration_ns >= 300e6,
      },
      {
        name: "waited",
        filter: { waited: 100e6 },
        wants: ({ job }) => job.wait_ns !== null && job.wait_ns >= 100e6,
      },
      {
        name: "the class of an error",
        filter: { error: "Net::*" },
        wants: ({ attempts }) => attempts.some(({ error }) => error?.class === "Net::ReadTimeout"),
      },
      {
        name: "the message of an error of an attempt before the last",
        filter: { error: "*duplicate key*" },
        wants: ({ attempts }) =>
          attempts.some(({ error }) => error?.message.includes("duplicate key") === true),
      },
      {
        name: "a table",
        filter: { touching: "invoices" },
        wants: (each) => hasWritten(each, "invoices"),
      },
      {
        name: "a host",
        filter: { calling: "127.*" },
        wants: ({ effects }) => effects.http.some(({ host }) => host?.startsWith("127.") === true),
      },
      {
        name: "who enqueued",
        filter: { enqueuedBy: "POST /*" },
        wants: ({ job }) =>
          job.enqueued_by.some(({ title }) => title?.startsWith("POST /") === true),
      },
      {
        name: "two at once",
        filter: { class: "ReceiptJob", enqueuedBy: "CheckoutJob" },
        wants: ({ job }) =>
          job.class === "ReceiptJob" &&
          job.enqueued_by.some(({ title }) => title === "CheckoutJob"),
      },
    ];
    for (const { name, filter, wants } of cases) {
      it(name, async () => {
        const { reader } = await recordedStore("shop-link-full");
        const documents = await documentsOf(reader);
        const wanted = documents.filter(wants).map(({ job }) => job.jid);
        assert.ok(wanted.length > 0, "the case has no job in the recording");
        assert.deepEqual(
          (await linesOf(reader, filter)).map(({ jid }) => jid),
          wanted,
        );
        const [first] = wanted;
        assert.deepEqual(
          (await linesOf(reader, filter, 1)).map(({ jid }) => jid),
          [first],
        );
      });
    }

    it("a stretch of time: from since on, up to until and not with it", async () => {
      const { reader } = await recordedStore("shop-link-full");
      const all = await linesOf(reader);
      const at = (index: number) => {
        const [seconds = "", nanos = ""] = (all[index]?.latest_at ?? "").split(/[.Z]/);
        return unixNano(BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(nanos));
      };
      assert.deepEqual(
        (await linesOf(reader, { since: at(6), until: at(2) })).map(({ jid }) => jid),
        all.slice(3, 7).map(({ jid }) => jid),
      );
    });
  });

  it("finds an argument where arguments are recorded, and nothing where they are not", async () => {
    const { reader } = await recordedStore("shop-link-full");
    assert.deepEqual(await linesOf(reader, { arg: "42" }), []);
  });

  it("sorts by started, duration and wait, jobs without the value last", async () => {
    const { reader } = await recordedStore("shop-link-full");
    for (const order of ["started", "duration", "wait"] as const) {
      const found: (number | string | null)[] = [];
      for await (const { document } of jobsInOrder(
        reader,
        createJobsReader(reader),
        {},
        { order, limit: 25 },
      )) {
        const { job } = document;
        found.push(
          order === "started"
            ? job.started_at
            : order === "duration"
              ? job.duration_ns
              : job.wait_ns,
        );
      }
      const known = found.filter((each) => each !== null);
      assert.equal(found.length, 25);
      assert.deepEqual(found.slice(0, known.length), known);
      assert.deepEqual(
        known,
        known.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
      );
    }
  });

  it("gives a job once whose rows lie far apart, at the time of its last news", async () => {
    const start = 1_795_000_000_000_000_000n;
    const attempt = (jid: string, at: bigint, error?: string): Buffer =>
      requestOf([
        {
          traceId: (at % 1_000_000_007n).toString(16).padStart(32, "1"),
          spanId: (at % 1_000_000_007n).toString(16).padStart(16, "1"),
          name: "process",
          kind: 5,
          start: at,
          end: at + 1000n,
          attributes: sidekiqAttributes(jid, "TestJob"),
          ...(error === undefined ? {} : { error: { type: error, message: "m" } }),
        },
      ]);
    const { reader } = await storeOf([
      attempt("a".repeat(24), start, "FirstError"),
      attempt("b".repeat(24), start + 10_000n),
      attempt("a".repeat(24), start + 20_000n),
    ]);
    const lines = await linesOf(reader);
    assert.deepEqual(
      lines.map(({ jid, attempts }) => [jid[0], attempts]),
      [
        ["a", 2],
        ["b", 1],
      ],
    );
    assert.equal((await linesOf(reader, { error: "FirstError" })).length, 1);
    assert.equal((await linesOf(reader, { states: ["failed"] })).length, 0);
  });
});
