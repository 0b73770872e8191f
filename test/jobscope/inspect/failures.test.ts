/** Failures by what failed: what groups say is what the jobs' own documents say, and every view of them. */
import assert from "node:assert/strict";
import { readFailures } from "../../../src/jobscope/inspect/failures/read-failures.js";
import { failuresLines } from "../../../src/jobscope/inspect/failures/failures-text.js";
import type { JobFilter } from "../../../src/jobscope/inspect/job-filter.js";
import type { ListView } from "../../../src/jobscope/inspect/job-list-text.js";
import { displayWidth } from "../../../src/jobscope/inspect/layout.js";
import { readJobs } from "../../../src/jobscope/inspect/read-jobs.js";
import { safeJson } from "../../../src/jobscope/inspect/safe-text.js";
import { COLOURED, PLAIN } from "../../../src/jobscope/inspect/style.js";
import type { FailuresDocument } from "../../../src/jobscope/model/failures/failures-document.js";
import { createFailureGroups } from "../../../src/jobscope/model/failures/group-failures.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { clock } from "../../mockups/mockup-spans.js";
import { recordedRuns } from "../../recorded-runs.js";
import { DUPLICATE, incident, jidOf, type MadeJob, requestOfJob, TIMEOUT } from "./failing-jobs.js";
import { recordedStore, storeOf } from "./listed-store.js";

const VIEW: ListView = { width: 80, ascii: false, style: PLAIN, zone: "UTC", today: "2026-03-03" };
const VIEWS: Readonly<Record<string, ListView>> = {
  "80": VIEW,
  piped: { ...VIEW, width: undefined },
  ascii: { ...VIEW, ascii: true },
  colour: { ...VIEW, style: COLOURED },
};

async function failuresOf(
  reader: JobStoreReader,
  filter: JobFilter = {},
  rest: { readonly limit?: number; readonly readMax?: number } = {},
): Promise<FailuresDocument> {
  const { limit = Number.POSITIVE_INFINITY, readMax } = rest;
  const document = await readFailures(reader, {
    filter,
    limit,
    ...(readMax === undefined ? {} : { readMax }),
  });
  assertKeepsSchema("failures-v1", JSON.parse(safeJson(document)));
  return document;
}

const made = async (jobs: readonly MadeJob[]): Promise<JobStoreReader> =>
  (await storeOf(jobs.map(requestOfJob))).reader;

describe("failures", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: every failed attempt of every document is in one group, and nothing else`, async () => {
      const { reader } = await recordedStore(name);
      const { groups, jobs, attempts, omitted } = await failuresOf(reader);
      const expected = new Map<string, number>();
      let failedJobs = 0;
      for await (const { errors } of readJobs(reader, {})) {
        const own = errors.by_attempt.flatMap(({ fingerprint }) => fingerprint ?? []);
        if (own.length > 0) failedJobs++;
        for (const each of own) expected.set(each, (expected.get(each) ?? 0) + 1);
      }
      const found = new Map<string, number>();
      for (const { error, attempts: count } of groups)
        found.set(error?.fingerprint ?? "", (found.get(error?.fingerprint ?? "") ?? 0) + count);
      assert.deepEqual(found, expected);
      assert.deepEqual(
        [jobs, attempts],
        [failedJobs, [...expected.values()].reduce((sum, count) => sum + count, 0)],
      );
      assert.deepEqual(omitted, { groups: 0, jobs: 0, attempts: 0 });
    });
  }

  for (const name of ["shop-link-full", "cap-child", "cap-old-sdk141"])
    it(`of the recorded run ${name} do not change unseen`, async () => {
      const document = await failuresOf((await recordedStore(name)).reader);
      for (const [view, options] of Object.entries(VIEWS))
        assertGolden(
          `failures-${name}.${view}.txt`,
          `${failuresLines(document, "24h to 04:47", options).join("\n")}\n`,
        );
    });

  it("tell a cause from its echo, and when it stopped", async () => {
    const document = await failuresOf(await made(incident()));
    for (const [view, options] of Object.entries(VIEWS))
      assertGolden(
        `failures-incident.${view}.txt`,
        `${failuresLines(document, "since 08:15", options).join("\n")}\n`,
      );
    for (const line of failuresLines(document, "since 08:15", { ...VIEW, width: 48 }))
      assert.ok(displayWidth(line) <= 48, line);
    const [cause, echo] = document.groups;
    assert.deepEqual(
      [cause?.jobs, cause?.then_none, cause?.jobs_after_another_error],
      [43, true, 0],
    );
    assert.deepEqual([echo?.jobs, echo?.jobs_after_another_error], [8, 8]);
  });

  it("have one group for messages that differ in values, and another for each step", async () => {
    const error = (message: string) => ({ type: "Net::ReadTimeout", message });
    const document = await failuresOf(
      await made([
        {
          tag: "a1",
          attempts: [{ at: "09:00:00.000", error: error("order 1: late"), in: "charge" }],
        },
        {
          tag: "a2",
          attempts: [{ at: "09:00:01.000", error: error("order 22: late"), in: "charge" }],
        },
        {
          tag: "a3",
          attempts: [{ at: "09:00:02.000", error: error("order 3: late"), in: "insert" }],
        },
        { tag: "a4", attempts: [{ at: "09:00:03.000", error: error("order 4: late") }] },
      ]),
    );
    assert.deepEqual(
      document.groups.map(({ jobs, error: each, step }) => [jobs, each?.message, step?.name]),
      [
        [2, "order ?: late", "HTTP POST billing.internal/charge"],
        [1, "order ?: late", undefined],
        [1, "order ?: late", "INSERT invoices"],
      ],
    );
  });

  it("are those of the time that was asked for, whatever became of their jobs later", async () => {
    const reader = await made([
      {
        tag: "a1",
        attempts: [
          { at: "09:00:00.000", error: TIMEOUT, in: "charge" },
          { at: "09:10:00.000", error: DUPLICATE, in: "insert" },
          { at: "09:30:00.000" },
        ],
      },
    ]);
    const until = unixNano(clock("09:05:00.000"));
    const [first, ...others] = (await failuresOf(reader, { until })).groups;
    assert.deepEqual(
      [first?.error?.class, first?.jobs_completed, first?.example, others],
      ["Net::ReadTimeout", 1, { jid: jidOf({ tag: "a1" }), attempt: 1, attempts: 3 }, []],
    );
    const since = await failuresOf(reader, { since: until });
    assert.deepEqual(
      since.groups.map(({ error }) => error?.class),
      ["PG::UniqueViolation"],
    );
    const chosen = await failuresOf(reader, { error: "PG::*" });
    assert.deepEqual(
      chosen.groups.map(({ error, jobs_after_another_error: after }) => [error?.class, after]),
      [["PG::UniqueViolation", 1]],
    );
  });

  it("are counted where they are not listed, kept or read", async () => {
    const jobs = Array.from({ length: 6 }, (_, at) => ({
      tag: `a${at}`,
      attempts: [
        { at: `09:00:0${at}.000`, error: { type: `Error${"ABCDEF"[at] ?? ""}`, message: "" } },
      ],
    }));
    const reader = await made(jobs);
    const listed = await failuresOf(reader, {}, { limit: 2 });
    assert.deepEqual(
      [listed.groups.length, listed.omitted, listed.jobs],
      [2, { groups: 4, jobs: 4, attempts: 4 }, 6],
    );
    const read = await failuresOf(reader, {}, { readMax: 4 });
    assert.deepEqual([read.jobs, read.jobs_not_read, read.groups.length], [4, 2, 4]);
    assert.match(failuresLines(read, "all", VIEW).at(-1) ?? "", /^not read: 2 jobs with errors/);

    const kept = createFailureGroups(3);
    for await (const document of readJobs(reader, {})) kept.add(document, () => true);
    const sum = kept.sum(undefined, Number.POSITIVE_INFINITY);
    assert.deepEqual([sum.groups.length, sum.omitted], [3, { groups: 3, jobs: 3, attempts: 3 }]);
  });

  it("of hostile names and messages print nothing but text, within the width", async () => {
    const evil = "\x1b]0;owned\x07\x9b2J\u202egnp";
    const document = await failuresOf(
      await made([
        {
          tag: "a1",
          jobClass: `Job${evil}${"W".repeat(300)}`,
          attempts: [
            {
              at: "09:00:00.000",
              error: { type: `E${evil}`, message: `${evil}${"m ".repeat(99)}\r\nok` },
            },
          ],
        },
      ]),
    );
    for (const view of Object.values(VIEWS)) {
      const lines = failuresLines(document, "all", { ...view, style: PLAIN });
      for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      // A word is not broken: the class is one.
      const others = lines.filter((line) => !line.includes("WWW"));
      if (view.width !== undefined)
        for (const line of others) assert.ok(displayWidth(line) <= view.width, line);
    }
    assert.doesNotMatch(safeJson(document), /[\p{Cc}\p{Cf}]/u);
  });

  it("of a store without any say so", async () => {
    const empty = await failuresOf((await storeOf([])).reader);
    assert.deepEqual([empty.recorded_to, empty.jobs, empty.groups], [null, 0, []]);
    assert.deepEqual(failuresLines(empty, "since 08:15", VIEW), ["no failures (since 08:15)"]);
  });
});
