/**
 * jobtrace beside a real Sidekiq: released gems, a real Redis and PostgreSQL, the stock instrumentation, and nothing of
 * jobtrace's in the Ruby processes. What is asserted is what a person would read in `inspect`.
 *
 * The truth to compare with is shop/jobs.rb, which says what each job does, and Sidekiq's own log, which says how
 * each attempt ended. Not part of `npm test`: `npm run test:sidekiq` installs what it needs and takes a minute or two.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import type { LogLineDocument } from "../../src/jobscope/model/logs/log-line-document.js";
import { install } from "./installation.js";
import { type Jobtrace, startJobtrace } from "./jobtrace.js";
import { atEnd } from "./last-resort.js";
import { changes, enqueuedJids, outline } from "./outline.js";
import { createShopDatabase, startBilling, startPostgres, startRedis } from "./servers.js";
import {
  type EnqueuedJids,
  enqueueJobs,
  type LoggedAttempt,
  type ShopSettings,
  startWorker,
  type Worker,
} from "./shop.js";

/** 12 jobs, of which one takes three attempts. */
const ATTEMPTS = 14;

type Propagation = ShopSettings["propagation"];

/** Everything the test has started, stopped in the opposite order whatever happened. */
const cleanups: (() => unknown)[] = [];

describe("jobtrace beside a real Sidekiq", function () {
  // The first failure ends it: each of the others might wait for its deadline.
  this.bail(true);
  let jobtrace: Jobtrace;
  let settingsFor: (propagation: Propagation, redisNumber: number) => ShopSettings;

  before("installs Ruby, the gems, Redis and PostgreSQL, and starts them", async function () {
    if (!(await install("sidekiq"))) this.skip();
    const folder = mkdtempSync(join(tmpdir(), "jobtrace-sidekiq-"));
    // More than one go: a killed PostgreSQL's processes write for a moment longer.
    const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    cleanups.push(removeFolder, atEnd(removeFolder));
    // PostgreSQL runs as another user than root, in a folder below this one.
    chmodSync(folder, 0o755);

    const redis = await startRedis(folder);
    cleanups.push(() => redis.stop());
    const postgres = await startPostgres(folder);
    cleanups.push(() => postgres.stop());
    const billing = await startBilling();
    cleanups.push(() => billing.stop());
    jobtrace = await startJobtrace(join(folder, "store"));
    cleanups.push(() => jobtrace.stop());

    settingsFor = (propagation, redisNumber) => ({
      propagation,
      endpoint: jobtrace.endpoint,
      databaseUrl: createShopDatabase(postgres, `shop_${propagation}`),
      redisUrl: `${redis.url}/${redisNumber}`,
      billingUrl: billing.url,
    });
  });

  after("stops and removes what it started", async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  for (const [index, propagation] of (["link", "child", "none"] as const).entries()) {
    describe(`propagation_style: ${propagation}`, () => {
      let worker: Worker;
      let jids: EnqueuedJids;
      let log: readonly LoggedAttempt[];

      before("runs the shop's jobs", async () => {
        const settings = settingsFor(propagation, index);
        worker = startWorker(settings);
        cleanups.push(() => worker.stop());
        jids = await enqueueJobs(settings);
        log = await worker.attempts(ATTEMPTS);
      });

      /** The job as soon as it has this many attempts. */
      const inspect = (jid: string, attempts = 1): Promise<JobDocument> =>
        jobtrace.inspect(jid, (document) => document.attempts.length === attempts);

      const loggedAttempts = (jid: string) => log.filter((attempt) => attempt.jid === jid);

      it("tells what a job that completed did", async () => {
        const document = await inspect(jids.invoice);
        assert.deepEqual(outline(document), {
          class: "SendInvoiceJob",
          queue: "default",
          service: `shop-worker-${propagation}`,
          state: "completed",
          attempts: ["completed"],
          enqueuedBy: ["request POST /orders"],
        });
        assert.deepEqual(changes(document.effects), {
          tables: [
            { table: `shop_${propagation}.invoices`, inserts: 1, outcome: "committed" },
            { table: `shop_${propagation}.orders`, reads: 1, updates: 1, outcome: "committed" },
          ],
          http: [{ call: "POST 127.0.0.1/charge", calls: 1, statuses: { 201: 1 }, failed: 0 }],
          redis: [{ command: "SETEX", calls: 1 }],
          jobs: ["1 ReceiptJob in mailers"],
        });
      });

      it("shows what a job wrote through the logger's bridge, in its place", async () => {
        const isWritten = ({ text }: LogLineDocument): boolean => text === "order 1 is invoiced";
        const lines = await jobtrace.logs(jids.invoice, (some) => some.some(isWritten));
        assert.deepEqual(
          lines.map((line) => [line.text, line.attempt, line.tied_by, line.severity]),
          [["order 1 is invoiced", 1, "span", "WARN"]],
        );
        const text = await jobtrace.inspectText(jids.invoice, "--logs", "--no-fold");
        assert.match(text, /^\[\S+\] +COMMIT.*\n\[\S+\] +WARN order 1 is invoiced$/m);
      });

      it("shows Sidekiq's own lines, sent as by an agent that reads its log file", async () => {
        await inspect(jids.charge, propagation === "child" ? 1 : 3);
        const own = worker.logLines().filter((line) => line.includes(jids.charge));
        await jobtrace.sendLog(own, `shop-worker-${propagation}`);
        // The bridge sends some of them too, and names itself.
        const isSidekiqs = ({ scope }: LogLineDocument): boolean => scope === null;
        const lines = (
          await jobtrace.logs(jids.charge, (some) => some.filter(isSidekiqs).length === own.length)
        ).filter(isSidekiqs);
        const words = lines.map(({ text }) => (JSON.parse(text) as { readonly msg: string }).msg);
        assert.deepEqual(
          words.filter((word) => ["start", "fail", "done"].includes(word)),
          ["start", "fail", "start", "fail", "start", "done"],
        );
        assert.ok(lines.every(({ tied_by: tie }) => tie === "jid"));
        assert.ok(
          lines.every(
            ({ attempt, nearest_attempt: nearest }) => attempt === null && nearest !== null,
          ),
        );
      });

      it("prints the same job for people, without the token of the URL", async () => {
        await inspect(jids.invoice);
        const text = await jobtrace.inspectText(jids.invoice);
        assert.match(
          text,
          new RegExp(`^Job: SendInvoiceJob \\(jid=${jids.invoice}\\)\nDuration: `),
        );
        assert.match(text, /^Enqueued by: POST \/orders/m);
        assert.match(text, /^Effects: /m);
        assert.doesNotMatch(text, /tok_secret/);
      });

      it("prints the steps alone with --brief, in the order of jobs.rb", async () => {
        await inspect(jids.invoice);
        const text = await jobtrace.inspectText(jids.invoice, "--brief");
        const steps = text.split("\n").flatMap((line) => /^\[\S+\] +(.+)$/.exec(line)?.[1] ?? []);
        // A new connection's HELLO comes by chance: see changes().
        const begun = steps
          .filter((step) => !step.includes("HELLO"))
          .map((step) => step.split(" ", 2).join(" "))
          .join(", ");
        assert.equal(
          begun,
          "Job started, SELECT orders, BEGIN TRANSACTION, INSERT invoices, UPDATE orders, COMMIT, " +
            "HTTP POST, REDIS SETEX, ENQUEUE ReceiptJob, Job finished",
        );
        assert.doesNotMatch(text, /^Effects:/m);
      });

      it("tells of every attempt that was sent, and its error", async () => {
        const all = ["failed Net::ReadTimeout", "failed PG::UniqueViolation", "completed"];
        const sent = propagation === "child" ? all.slice(0, 1) : all;
        const document = await inspect(jids.charge, sent.length);
        assert.deepEqual(outline(document), {
          class: "ChargeJob",
          queue: "default",
          service: `shop-worker-${propagation}`,
          state: propagation === "child" ? "failed" : "completed",
          attempts: sent,
          enqueuedBy: ["span nightly"],
        });
        assert.equal(document.errors.changed, propagation !== "child");
      });

      it("tells what a failed attempt left behind", async () => {
        const document = await inspect(jids.charge, propagation === "child" ? 1 : 3);
        const leftBehind = document.attempts.map(({ left_behind: left }) => left && changes(left));
        assert.deepEqual(leftBehind[0]?.tables, [
          { table: `shop_${propagation}.invoices`, inserts: 1, outcome: "committed" },
        ]);
        assert.deepEqual(leftBehind[0]?.http, [
          { call: "POST 127.0.0.1/slow", calls: 1, statuses: {}, failed: 1 },
        ]);
        // The second one's insert was refused and rolled back; the third one completed.
        assert.deepEqual(
          leftBehind.slice(1).map((left) => left && left.tables),
          propagation === "child" ? [] : [[], null],
        );
      });

      it("tells a write that was rolled back from one that was committed", async () => {
        const document = await inspect(jids.rollback);
        assert.deepEqual(outline(document), {
          class: "RollbackJob",
          queue: "default",
          service: `shop-worker-${propagation}`,
          state: "failed",
          attempts: ["failed ArgumentError"],
          enqueuedBy: ["span nightly"],
        });
        assert.equal(document.attempts[0]?.error?.message, "order 4 was paid");
        assert.match(document.attempts[0]?.error?.backtrace[0]?.file ?? "", /shop\/jobs\.rb$/);
        assert.deepEqual(changes(document.effects).tables, [
          { table: `shop_${propagation}.orders`, updates: 1, outcome: "rolled_back" },
        ]);
      });

      it("tells a job enqueued inside an open transaction from one scheduled after it", async () => {
        const document = await inspect(jids.checkout);
        assert.deepEqual(outline(document), {
          class: "CheckoutJob",
          queue: "default",
          service: `shop-worker-${propagation}`,
          state: "completed",
          attempts: ["completed"],
          enqueuedBy: ["request POST /orders"],
        });
        const enqueues = document.attempts[0]?.steps.flatMap(({ detail, notes }) =>
          detail?.type === "enqueue"
            ? [{ before_commit: detail.before_commit, notes: notes.map(({ code }) => code) }]
            : [],
        );
        assert.deepEqual(enqueues, [
          { before_commit: true, notes: ["enqueue_before_commit"] },
          { before_commit: false, notes: [] },
        ]);
      });

      it("names the job that enqueued a job", async () => {
        const [receipt = ""] = enqueuedJids(await inspect(jids.invoice));
        const document = await inspect(receipt);
        assert.deepEqual(outline(document), {
          class: "ReceiptJob",
          queue: "mailers",
          service: `shop-worker-${propagation}`,
          state: "completed",
          attempts: ["completed"],
          enqueuedBy: [`job SendInvoiceJob ${jids.invoice}`],
        });
        assert.deepEqual(changes(document.effects).http, [
          { call: "GET 127.0.0.1/receipts/:id", calls: 1, statuses: { 200: 1 }, failed: 0 },
        ]);
      });

      it("keeps jobs that were enqueued in bulk apart", async () => {
        for (const [offset, jid] of jids.bulk.entries()) {
          const document = await inspect(jid);
          assert.deepEqual(outline(document).enqueuedBy, ["span nightly"]);
          const urls = document.attempts[0]?.steps.flatMap(({ detail }) =>
            detail?.type === "http" ? [detail.path] : [],
          );
          assert.deepEqual(urls, [`/receipts/${5 + offset}`]);
        }
      });

      it("finds an ActiveJob's work under its jid", async () => {
        const document = await inspect(jids.welcome);
        const { class: jobClass, state, attempts } = outline(document);
        assert.deepEqual(
          { jobClass, state, attempts },
          { jobClass: "WelcomeMailJob", state: "completed", attempts: ["completed"] },
        );
        assert.match(document.job.ids.active_job_id ?? "", /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
        assert.deepEqual(changes(document.effects).tables, [
          { table: `shop_${propagation}.orders`, updates: 1, outcome: "committed" },
        ]);
      });

      it("agrees with Sidekiq's own log about every job, once the worker has sent everything", async () => {
        const checkout = await inspect(jids.checkout);
        const scheduled = [jids.scheduled, ...enqueuedJids(checkout).slice(1)];
        assert.equal(await worker.stop(), 0);
        const logged = [...new Set(log.map(({ jid }) => jid))];
        assert.equal(logged.length, 12);
        for (const jid of logged) {
          // In this style the stock gems send no attempt that Sidekiq's poller has put on its queue.
          const isSent = (number: number) =>
            propagation !== "child" || (number === 0 && !scheduled.includes(jid));
          const expected = loggedAttempts(jid).filter((_, number) => isSent(number));
          const document = await jobtrace.inspect(jid, () => true);
          assert.deepEqual(
            document.attempts.map(({ state }) => ({ jid, class: document.job.class, state })),
            expected.map(({ class: jobClass, outcome }) => ({
              jid,
              class: jobClass,
              state: outcome === "done" ? "completed" : "failed",
            })),
          );
          if (expected.length === 0) assert.equal(document.job.state, "queued");
        }
      });
    });
  }

  // In a describe of its own, because mocha runs a suite's own tests before those of the suites in it.
  describe("afterwards", () => {
    it("exits with 1 for a job that never was", async () => {
      await assert.rejects(jobtrace.inspectText("000000000000000000000000"), /exited with 1/);
    });

    it("stops with 0 when it is told to", async () => {
      assert.equal(await jobtrace.stop(), 0);
    });
  });
});
