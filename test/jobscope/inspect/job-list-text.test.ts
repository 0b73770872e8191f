/** The columns of a list, at two widths and in a pipe, over a recorded run and over lines of every kind. */
import assert from "node:assert/strict";
import type { JobLine } from "../../../src/jobscope/inspect/job-line.js";
import {
  createCounts,
  createListText,
  type ListView,
  momentText,
} from "../../../src/jobscope/inspect/job-list-text.js";
import { displayWidth } from "../../../src/jobscope/inspect/layout.js";
import { COLOURED, PLAIN } from "../../../src/jobscope/inspect/style.js";
import { assertGolden } from "../../golden.js";
import { linesOf, recordedStore } from "./listed-store.js";

const VIEW: ListView = { width: 80, ascii: false, style: PLAIN, zone: "UTC", today: "2026-03-03" };

const VIEWS: Readonly<Record<string, ListView>> = {
  "80": VIEW,
  "120": { ...VIEW, width: 120 },
  piped: { ...VIEW, width: undefined },
  ascii: { ...VIEW, width: 120, ascii: true },
  colour: { ...VIEW, style: COLOURED },
};

function textOf(lines: readonly JobLine[], view: ListView, remarks: readonly string[]): string {
  const text = createListText(view);
  const counts = createCounts();
  const rows = lines.flatMap((line) => {
    counts.add(line);
    return text.rows(line);
  });
  return `${[text.header(), ...rows, "", counts.text(remarks)].join("\n")}\n`;
}

const LINE: JobLine = {
  schema: "jobtrace.job-line/v1",
  news: null,
  news_at: null,
  jid: "5d0e44a19c3b4f71b6a2e9d8",
  class: "CheckoutJob",
  queue: "default",
  service: "shop",
  state: "completed",
  state_detail: null,
  attempts: 1,
  enqueued_at: "2026-03-03T09:12:11.040000000Z",
  started_at: "2026-03-03T09:12:12.350000000Z",
  finished_at: "2026-03-03T09:12:12.570000000Z",
  wait_ns: 1_310_000_000,
  wait_reason: null,
  duration_ns: 220_000_000,
  db_statements: 4,
  http_calls: 3,
  enqueued_by: { kind: "request", title: "POST /checkout", jid: null },
  error: null,
  error_changed: false,
  missing_parents: 0,
  latest_at: "2026-03-03T09:12:12.570000000Z",
};

const ERROR = { attempt: 3, class: "PG::UniqueViolation", message: "m", fingerprint: "error:1" };
const NOT_ENDED = { finished_at: null, duration_ns: null };
const NOT_STARTED = { ...NOT_ENDED, started_at: null, wait_ns: null, attempts: 0 };

/** The states of the design's example, and what is odd. */
const LINES: readonly JobLine[] = [
  {
    ...LINE,
    ...NOT_ENDED,
    jid: "0b52c7e11f9d4a6688c0d3fe",
    class: "RebuildIndexJob",
    queue: "low",
    state: "running",
    wait_ns: 4_000_000,
    db_statements: 2,
    http_calls: 41,
    enqueued_by: { kind: "span", title: "cron", jid: null },
  },
  {
    ...LINE,
    ...NOT_STARTED,
    jid: "9a20f7c3",
    class: "SyncCrmJob",
    state: "queued",
    state_detail: "scheduled",
    wait_reason: "not_recorded",
    enqueued_by: { kind: "job", title: "CheckoutJob", jid: "5d0e44a1" },
  },
  {
    ...LINE,
    jid: "8f3c1d0a9b7e4c2d51f0a6e3",
    class: "SendInvoiceJob",
    state: "failed",
    attempts: 3,
    duration_ns: 16_000_000,
    wait_ns: 1_000_000,
    error: ERROR,
    error_changed: true,
  },
  {
    ...LINE,
    ...NOT_ENDED,
    jid: "77ac03bd5e1946d0a2f1c8e4",
    class: "ImportCsvJob",
    state: "orphaned",
    wait_ns: 12_000_000,
    missing_parents: 1,
  },
  { ...LINE, state: "failed", error: { ...ERROR, class: "Net::ReadTimeout" } },
  { ...LINE, attempts: 2 },
  { ...LINE, state: "queued", state_detail: "interrupted_by_shutdown", ...NOT_ENDED },
  {
    ...LINE,
    jid: "mailers:12345",
    class: "Admin::Reports::MonthlyRevenueExportJob",
    queue: "within_five_minutes",
    enqueued_by: { kind: "job", title: "Admin::Reports::Scheduler", jid: "1" },
    duration_ns: 36_000_000_000_000,
    wait_ns: null,
    wait_reason: "clocks_disagree",
    db_statements: 12_345,
    http_calls: 1_200_000,
    finished_at: "2026-02-28T23:59:59.000000000Z",
    latest_at: "2026-02-28T23:59:59.000000000Z",
  },
  { ...LINE, ...NOT_STARTED, class: null, queue: null, state: "queued", enqueued_by: null },
  { ...LINE, class: "\x1b[31mRed\nJob", queue: "\u202eevil" },
];

describe("the text of a list", () => {
  for (const [name, view] of Object.entries(VIEWS)) {
    it(`of every kind of line: ${name}`, () =>
      assertGolden(`list.${name}.txt`, textOf(LINES, view, ["since 08:15"])));
  }

  it("of a recorded run at 80 and 120 columns and piped", async () => {
    const lines = await linesOf((await recordedStore("shop-link-full")).reader);
    for (const name of ["80", "120", "piped"])
      assertGolden(`list-recorded.${name}.txt`, textOf(lines, VIEWS[name] ?? VIEW, []));
  });

  it("is never wider than the terminal, and columns begin where their titles do", () => {
    for (const width of [40, 60, 80, 100, 120, 160])
      for (const ascii of [false, true]) {
        const rows = textOf(LINES, { ...VIEW, width, ascii }, []).split("\n");
        for (const row of rows.slice(0, -2))
          assert.ok(displayWidth(row) <= width, `${width}: ${row}`);
        const at = rows[0]?.indexOf("state") ?? 0;
        for (const row of rows.filter((each) => /^\d\d:/.test(each)))
          assert.match(row.slice(at - 2, at + 2), /^ {2}\w\w/, row);
      }
  });

  it("cuts nothing in a pipe", () => {
    const text = textOf(LINES, { ...VIEW, width: undefined }, []);
    for (const { jid, class: name } of LINES) {
      assert.ok(text.includes(jid));
      if (name !== null && !name.includes("\n")) assert.ok(text.includes(name));
    }
    assert.equal(text.includes("…"), false);
    assert.equal(text.includes("\x1b"), false);
  });

  it("names a moment of today by its time, another by its date too", () => {
    assert.equal(momentText("2026-03-03T08:15:59.000000000Z", VIEW), "08:15");
    assert.equal(momentText("2026-03-02T08:15:00.000000000Z", VIEW), "2026-03-02 08:15");
    assert.equal(
      momentText("2026-03-03T08:15:00.000000000Z", { ...VIEW, width: undefined }),
      "2026-03-03 08:15",
    );
  });
});
