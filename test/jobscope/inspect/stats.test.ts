/** Statistics of classes: their numbers are those of the jobs' own documents, and every view of them. */
import assert from "node:assert/strict";
import type { JobFilter } from "../../../src/jobscope/inspect/job-filter.js";
import { statementsOf } from "../../../src/jobscope/inspect/job-line.js";
import type { ListView } from "../../../src/jobscope/inspect/job-list-text.js";
import { knownClasses } from "../../../src/jobscope/inspect/known-classes.js";
import { displayWidth } from "../../../src/jobscope/inspect/layout.js";
import { readJobs } from "../../../src/jobscope/inspect/read-jobs.js";
import { safeJson } from "../../../src/jobscope/inspect/safe-text.js";
import { classStatsLines } from "../../../src/jobscope/inspect/stats/class-stats-text.js";
import { JOBS_READ_MAX, readStats } from "../../../src/jobscope/inspect/stats/read-stats.js";
import { statsLines } from "../../../src/jobscope/inspect/stats/stats-text.js";
import { COLOURED, PLAIN } from "../../../src/jobscope/inspect/style.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { EXACT_VALUES_MAX, percentileOf } from "../../../src/jobscope/model/percentile.js";
import type { StatsDocument } from "../../../src/jobscope/model/stats/stats-document.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { recordedRuns } from "../../recorded-runs.js";
import { DUPLICATE, incident, type MadeJob, requestOfJob, TIMEOUT } from "./failing-jobs.js";
import { linesOf, recordedStore, storeOf } from "./listed-store.js";

const VIEW: ListView = { width: 80, ascii: false, style: PLAIN, zone: "UTC", today: "2026-03-03" };
const VIEWS: Readonly<Record<string, ListView>> = {
  "80": VIEW,
  "48": { ...VIEW, width: 48 },
  piped: { ...VIEW, width: undefined },
  ascii: { ...VIEW, ascii: true },
  colour: { ...VIEW, style: COLOURED },
};

async function statsOf(
  reader: JobStoreReader,
  jobClass?: string,
  filter: JobFilter = {},
  limit = Number.POSITIVE_INFINITY,
): Promise<StatsDocument> {
  const document = await readStats(reader, { filter, jobClass, limit });
  assertKeepsSchema("stats-v1", JSON.parse(safeJson(document)));
  return document;
}

async function documentsOf(reader: JobStoreReader): Promise<readonly JobDocument[]> {
  const documents: JobDocument[] = [];
  for await (const document of readJobs(reader, {})) documents.push(document);
  return documents;
}

const ascending = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value) => value !== null).sort((a, b) => a - b);

function timesOf(values: readonly (number | null)[]) {
  const sorted = ascending(values);
  return {
    jobs: sorted.length,
    exact: true,
    p50_ns: percentileOf(sorted, 0.5) ?? null,
    p95_ns: percentileOf(sorted, 0.95) ?? null,
    max_ns: sorted.at(-1) ?? null,
  };
}

function grouped<Item>(
  items: readonly Item[],
  classOf: (item: Item) => string | null,
): ReadonlyMap<string | null, readonly Item[]> {
  const groups = new Map<string | null, Item[]>();
  for (const item of items) groups.set(classOf(item), [...(groups.get(classOf(item)) ?? []), item]);
  return groups;
}

const byClass = (documents: readonly JobDocument[]) => grouped(documents, ({ job }) => job.class);

const made = async (jobs: readonly MadeJob[]): Promise<JobStoreReader> =>
  (await storeOf(jobs.map(requestOfJob))).reader;

describe("stats", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: every number of every class is that of its jobs' documents`, async () => {
      const { reader } = await recordedStore(name);
      const documents = await documentsOf(reader);
      const stats = await statsOf(reader);
      assert.equal(stats.classes.length, byClass(documents).size);
      for (const own of stats.classes) {
        const jobs = byClass(documents).get(own.class) ?? [];
        const states = { queued: 0, running: 0, completed: 0, failed: 0, orphaned: 0 };
        for (const { job } of jobs) states[job.state]++;
        const ended = jobs.filter(({ job }) => job.duration_ns !== null);
        const statements = ascending(ended.map(({ attempts }) => statementsOf(attempts.at(-1))));
        assert.deepEqual(own, {
          class: own.class,
          jobs: jobs.length,
          attempts: jobs.reduce((sum, { attempts }) => sum + attempts.length, 0),
          states,
          interruptions: jobs
            .flatMap(({ attempts }) => attempts)
            .filter(({ state }) => state === "interrupted").length,
          took: timesOf(jobs.map(({ job }) => job.duration_ns)),
          waited: timesOf(jobs.map(({ job }) => job.wait_ns)),
          db: {
            jobs: ended.length,
            p50: percentileOf(statements, 0.5) ?? null,
            max: statements.at(-1) ?? null,
          },
        });
      }
      const lines = await linesOf(reader);
      assert.equal(stats.jobs, lines.length);
      assert.equal(stats.states.failed, lines.filter(({ state }) => state === "failed").length);
    });

    it(`${name}: the time of each class goes where its documents say`, async () => {
      const { reader } = await recordedStore(name);
      for (const [jobClass, documents] of byClass(await documentsOf(reader))) {
        const { detail } = await statsOf(reader, jobClass ?? assert.fail());
        assert.ok(detail);
        const lasts = documents.flatMap(({ attempts }) => attempts.at(-1) ?? []);
        const ended = lasts.filter(({ duration_ns: took }) => took !== null);
        assert.equal(detail.time.jobs, ended.length);
        assert.equal(
          detail.time.total_ns,
          ended.reduce((sum, { duration_ns: took }) => sum + (took ?? 0), 0),
        );
        assert.equal(
          detail.histogram.reduce((sum, { jobs }) => sum + jobs, 0),
          ended.length,
        );
        for (const { fingerprint, count, total_ns: total } of detail.time.steps) {
          const steps = ended
            .flatMap(({ steps: all }) => all)
            .filter((step) => step.fingerprint === fingerprint);
          assert.equal(count, steps.length);
          // Spans that are no steps of their own count for the step that they are in.
          const selfTime = steps.reduce((sum, { self_ns: own }) => sum + (own ?? 0), 0);
          const time = steps.reduce((sum, { duration_ns: took }) => sum + (took ?? 0), 0);
          assert.ok(total >= selfTime && total <= time, `${selfTime} <= ${total} <= ${time}`);
        }
        const { steps, own, overlap_ns: overlap, total_ns: total } = detail.time;
        const sum = steps.reduce((all, step) => all + step.total_ns, own.total_ns);
        assert.ok(sum >= total, `${jobClass}: ${total - sum} ns are nowhere`);
        assert.equal(overlap, Math.max(0, sum - total));
        assert.equal(
          detail.failures.jobs,
          documents.filter(({ job }) => job.state === "failed").length,
        );
        assert.equal(
          detail.failures.groups.reduce((all, { jobs }) => all + jobs, 0),
          detail.failures.jobs,
        );
      }
    });
  }

  for (const name of ["shop-link-full", "cap-requeue", "cap-sigkill"])
    it(`of the recorded run ${name} do not change unseen`, async () => {
      const stats = await statsOf((await recordedStore(name)).reader);
      for (const [view, options] of Object.entries(VIEWS))
        assertGolden(
          `stats-${name}.${view}.txt`,
          `${statsLines(stats, "24h to 04:47", options).join("\n")}\n`,
        );
    });

  for (const jobClass of ["SendInvoiceJob", "ParallelJob", "RollbackJob", "GhostJob"])
    it(`of the recorded class ${jobClass} do not change unseen`, async () => {
      const { reader } = await recordedStore("shop-link-full");
      const stats = await statsOf(reader, jobClass, {}, 20);
      for (const [view, options] of Object.entries(VIEWS))
        assertGolden(
          `class-stats-${jobClass}.${view}.txt`,
          `${classStatsLines(stats, "24h to 04:47", options).join("\n")}\n`,
        );
    });

  it("sets the last hour beside the time before, where both have jobs enough", async () => {
    const jobs = Array.from({ length: 60 }, (_, at): MadeJob => {
      const isLate = at >= 40;
      const time = isLate ? `09:${String(at - 20).padStart(2, "0")}` : `0${at % 8}:30`;
      const error = isLate && at % 4 === 0 ? TIMEOUT : undefined;
      return {
        tag: at.toString(16).padStart(3, "0"),
        attempts: [{ at: `${time}:00.000`, error, in: "charge" }],
      };
    });
    const { reader } = await storeOf(jobs.map(requestOfJob));
    const stats = await statsOf(reader, "SendInvoiceJob");
    const { last_hour: hour, before } = stats.detail ?? assert.fail();
    assert.deepEqual(
      [hour.jobs, hour.states.failed, before.jobs, before.states.failed],
      [20, 5, 40, 0],
    );
    assertGolden(
      "class-stats-last-hour.80.txt",
      `${classStatsLines(stats, "24h to 09:39", VIEW).join("\n")}\n`,
    );
    const few = await statsOf((await storeOf(jobs.slice(1).map(requestOfJob))).reader);
    assert.equal(few.detail, null);
    const late = classStatsLines(
      await statsOf((await storeOf(jobs.slice(30).map(requestOfJob))).reader, "SendInvoiceJob"),
      "all",
      VIEW,
    );
    assert.ok(!late.some((line) => line.includes("last hour")));
  });

  it("does not count what a deploy put back among the failures, and says how often that was", async () => {
    const shutdown = { type: "Sidekiq::Shutdown", message: "Sidekiq::Shutdown" };
    const stats = await statsOf(
      await made([
        { tag: "a1", attempts: [{ at: "09:00:00.000", error: shutdown }] },
        { tag: "a2", attempts: [{ at: "09:00:00.000", error: shutdown }, { at: "09:01:00.000" }] },
        { tag: "a3", attempts: [{ at: "09:00:00.000", error: TIMEOUT }] },
      ]),
    );
    const { queued, completed, failed } = stats.states;
    assert.deepEqual([queued, completed, failed, stats.interruptions], [1, 1, 1, 2]);
    assert.equal(
      statsLines(stats, "all", { ...VIEW, width: undefined }).at(-1),
      "failed = last attempt failed; interruptions by a deploy or a rate limit are not failures (2 excluded)",
    );
  });

  it("tells of one class why its jobs failed in the end", async () => {
    const stats = await statsOf(await made(incident()), "SendInvoiceJob");
    assert.deepEqual(
      stats.detail?.failures.groups.map(({ error, jobs, step }) => [
        error?.class,
        jobs,
        step?.name,
      ]),
      [
        [TIMEOUT.type, 21, "HTTP POST billing.internal/charge"],
        [DUPLICATE.type, 8, "INSERT invoices"],
      ],
    );
    assertGolden(
      "class-stats-incident.80.txt",
      `${classStatsLines(stats, "since 08:15", VIEW).join("\n")}\n`,
    );
  });

  it("takes the filters of list, and counts what list shows", async () => {
    const { reader } = await recordedStore("shop-link-full");
    const filters: readonly JobFilter[] = [
      { class: "*Invoice*" },
      { states: ["failed", "queued"] },
      { queue: "mailers" },
      { touching: "invoices" },
      { calling: "127.0.0.1" },
      { error: "*", slowerThan: 1_000_000 },
      { class: "Nothing" },
    ];
    for (const filter of filters) {
      const lines = await linesOf(reader, filter);
      const stats = await statsOf(reader, undefined, filter);
      assert.deepEqual(
        new Map(stats.classes.map(({ class: name, jobs }) => [name, jobs])),
        new Map([...grouped(lines, (line) => line.class)].map(([name, own]) => [name, own.length])),
      );
      const times = lines.map(({ latest_at: at }) => at);
      assert.deepEqual([stats.last_at, stats.first_at], [times[0] ?? null, times.at(-1) ?? null]);
    }
  });

  it("is exact up to as many jobs as it says, reads the newest, and marks what is not exact", async () => {
    const one = await statsOf(await made(incident()));
    const [stats] = one.classes;
    assert.ok(stats);
    const sketched: StatsDocument = {
      ...one,
      classes: [
        {
          ...stats,
          jobs: EXACT_VALUES_MAX + 1,
          took: { ...stats.took, jobs: EXACT_VALUES_MAX + 1, exact: false },
        },
      ],
    };
    const lines = statsLines(sketched, "all", VIEW);
    assert.match(lines[1] ?? "", / ~100ms {2}~100ms {3}100ms /);
    assert.ok(lines.includes("~ is from a sketch: at most 1% above or below"));
    assert.ok(
      lines.some((line) =>
        line.startsWith("db p50 of 1 class is that of the newest jobs, at most 29"),
      ),
    );

    const many = Array.from({ length: JOBS_READ_MAX + 30 }, (_, at): MadeJob => {
      const minute = String(at % 60).padStart(2, "0");
      const hour = String(Math.floor(at / 60)).padStart(2, "0");
      return {
        tag: at.toString(16).padStart(3, "0"),
        attempts: [{ at: `${hour}:${minute}:00.000` }],
      };
    });
    const read = (await statsOf(await made(many))).classes[0];
    assert.deepEqual([read?.jobs, read?.took.jobs, read?.db.jobs], [130, 130, 100]);
  });

  it("of hostile names prints nothing but text, within the width", async () => {
    const evil = `Job\x1b]0;owned\x07\x9b2J\u202e${"W".repeat(300)}`;
    const reader = await made([
      { tag: "a1", jobClass: evil, attempts: [{ at: "09:00:00.000", error: TIMEOUT }] },
      { tag: "a2", jobClass: "Send*", attempts: [{ at: "09:00:01.000" }] },
      { tag: "a3", jobClass: "SendThis", attempts: [{ at: "09:00:01.000" }] },
    ]);
    const all = await statsOf(reader);
    const own = await statsOf(reader, evil);
    assert.equal(own.jobs, 1);
    // A star in a name is a star.
    assert.equal((await statsOf(reader, "Send*")).jobs, 1);
    for (const view of Object.values(VIEWS)) {
      const plain = { ...view, style: PLAIN };
      const table = statsLines(all, "all", plain);
      for (const line of [...table, ...classStatsLines(own, "all", plain)])
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      if (view.width !== undefined)
        for (const line of table) assert.ok(displayWidth(line) <= view.width, line);
    }
    assert.doesNotMatch(safeJson(all), /[\p{Cc}\p{Cf}]/u);
    assert.deepEqual(await knownClasses(reader), [evil, "Send*", "SendThis"].toSorted());
  });

  it("of an empty store says that there are no jobs", async () => {
    const { reader } = await storeOf([]);
    const stats = await statsOf(reader);
    assert.deepEqual([stats.jobs, stats.classes, stats.first_at], [0, [], null]);
    assert.deepEqual(statsLines(stats, "nothing is in the store", VIEW), [
      "0 jobs (nothing is in the store)",
    ]);
  });
});
