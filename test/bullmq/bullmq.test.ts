/**
 * jobtrace beside a real BullMQ worker on a real Redis, with the set-up that README.md shows: jobs that succeed, fail and
 * retry, and a worker that is killed in the middle of one. What is asserted is what `inspect` says.
 *
 * Not part of `npm test`: `npm run test:bullmq` installs what it needs and takes half a minute.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { type Child, matchLine, startChild } from "../sidekiq/child.js";
import { install } from "../sidekiq/installation.js";
import { type Jobtrace, startJobtrace } from "../sidekiq/jobtrace.js";
import { atEnd } from "../sidekiq/last-resort.js";
import { startRedis } from "../sidekiq/servers.js";

const cleanups: (() => unknown)[] = [];

describe("jobtrace beside a real BullMQ worker", function () {
  // The first failure ends it: each of the others might wait for its deadline.
  this.bail(true);
  let jobtrace: Jobtrace;
  let worker: Child;
  let jids: Readonly<Record<string, string>>;

  before("installs BullMQ and Redis, runs jobs, kills their worker", async function () {
    if (!(await install("bullmq"))) this.skip();
    const folder = mkdtempSync(join(tmpdir(), "jobtrace-bullmq-"));
    const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    cleanups.push(removeFolder, atEnd(removeFolder));
    const redis = await startRedis(folder);
    cleanups.push(() => redis.stop());
    jobtrace = await startJobtrace(join(folder, "store"));
    cleanups.push(() => jobtrace.stop());

    const env = { REDIS_URL: redis.url, OTEL_EXPORTER_OTLP_ENDPOINT: jobtrace.endpoint };
    worker = startChild("node", ["test/bullmq/worker.mjs"], { env });
    cleanups.push(() => worker.stop("SIGKILL"));
    await worker.wait("its readiness", matchLine(/^ready$/));
    const push = ["test/bullmq/enqueue.mjs", "invoice", "flaky", "hopeless", "endless"];
    const client = startChild("node", push, { env });
    await client.wait("the last push", matchLine(/^endless is/));
    jids = Object.fromEntries(
      client.lines.flatMap((line) => {
        const [, name, jid] = /^(\w+) is (\S+)$/.exec(line) ?? [];
        return name === undefined || jid === undefined ? [] : [[name, jid]];
      }),
    );
    await worker.wait("the killed job's start", matchLine(/^endless is under way$/));
    await worker.wait("the second try", matchLine(/^orders:2 completed$/));
    await worker.wait("the failure", matchLine(/^orders:3 failed/));
    // The spans of what has ended are on their way for up to five seconds; start records come at once, so that only the
    // end of every job tells that its worker may die.
    for (const jid of [jids["invoice"], "mails:1", jids["hopeless"]])
      await jobtrace.inspect(jid ?? "", ({ job }) => job.finished_at !== null);
    const flaky = ({ job, attempts }: JobDocument) =>
      attempts.length === 2 && job.finished_at !== null;
    await jobtrace.inspect(jids["flaky"] ?? "", flaky);
    await worker.stop("SIGKILL");
  });

  after("stops and removes what it started", async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  function inspect(
    name: string,
    isDone: (document: JobDocument) => boolean = ({ job }) => job.finished_at !== null,
  ): Promise<JobDocument> {
    return jobtrace.inspect(jids[name] ?? "", isDone);
  }

  it("shows a job that succeeded, who pushed it and what it did, through awaits", async () => {
    const { job, attempts, completeness } = await inspect("invoice");
    assert.deepEqual(
      [job.class, job.queue, job.state, attempts.length],
      ["invoice", "orders", "completed", 1],
    );
    assert.equal(job.enqueued_by[0]?.title, "POST /orders");
    assert.equal(completeness.level, 2);
    assert.deepEqual(titlesOf(attempts[0], ["db", "enqueue"]), [
      "SELECT orders WHERE id=42",
      "ENQUEUE receipt → mails:1",
      "UPDATE orders SET state='paid'",
    ]);
  });

  it("keeps apart jobs of two queues that have the same number", async () => {
    const receipt = await jobtrace.inspect("mails:1", ({ job }) => job.finished_at !== null);
    assert.equal(receipt.job.class, "receipt");
    assert.deepEqual(titlesOf(receipt.attempts[0], ["db"]), ["SELECT customers WHERE id=7"]);
    assert.deepEqual(
      [receipt.job.enqueued_by[0]?.kind, receipt.job.enqueued_by[0]?.jid],
      ["job", jids["invoice"]],
    );
    assert.equal(jids["invoice"], "orders:1");
  });

  it("shows a job that failed and was tried again: both attempts, what the first left behind", async () => {
    const { job, attempts } = await inspect("flaky");
    assert.equal(job.state, "completed");
    assert.deepEqual(
      attempts.map(({ state }) => state),
      ["failed", "completed"],
    );
    assert.match(attempts[0]?.error?.message ?? "", /the first time never works/);
    assert.deepEqual(
      attempts[0]?.left_behind?.tables.map(({ table }) => table),
      ["tries"],
    );
  });

  it("shows a job that failed for good, with its reason", async () => {
    const { job, attempts } = await inspect("hopeless");
    assert.deepEqual([job.state, attempts.length], ["failed", 1]);
    assert.match(attempts[0]?.error?.message ?? "", /no such order/);
  });

  it("shows a job whose worker was killed: that it began, what it did, and that no end was recorded", async () => {
    const { job, attempts } = await inspect("endless", (document) => document.attempts.length > 0);
    assert.equal(job.class, "endless");
    assert.ok(job.state === "running" || job.state === "orphaned", job.state);
    assert.equal(attempts.length, 1);
    assert.equal(attempts[0]?.finished_at, null);
    assert.deepEqual(titlesOf(attempts[0], ["db"]), ["INSERT imports (...)"]);
  });
});

function titlesOf(
  attempt: JobDocument["attempts"][number] | undefined,
  kinds: readonly string[],
): readonly string[] {
  return (attempt?.steps ?? [])
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ title }) => title);
}
