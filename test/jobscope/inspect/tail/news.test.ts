/** What a tail tells of each record: every end once, as it was known then, whenever it is read. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { JobLine } from "../../../../src/jobscope/inspect/job-line.js";
import { lastNews, newsSince } from "../../../../src/jobscope/inspect/tail/past-news.js";
import { createNewsLines } from "../../../../src/jobscope/inspect/tail/news-lines.js";
import { requestOf, type SpanFacts } from "../../../otlp-request.js";
import { assertKeepsSchema } from "../../../json-schema.js";
import { recordedRun } from "../../../recorded-runs.js";
import { documentOf, jidsOf } from "../../../stored-runs.js";
import { at, attempt, jidOf, push, sql, WORKER } from "../../../cases/sidekiq-spans.js";
import { ALL_NEWS, toldLater, toldLive } from "./told-lines.js";

const RUNS = [
  "cap-child",
  "cap-link",
  "cap-old-sdk141",
  "cap-requeue",
  "cap-sigkill",
  "shop-child",
  "shop-link-default",
  "shop-link-full",
  "shop-none",
];

describe("the news of a record", () => {
  for (const name of RUNS) {
    it(`of ${name}: each attempt that ended is told once, the same whenever it is read`, async () => {
      const requests = recordedRun(name).bodies.map((body) => gunzipSync(body));
      const { lines, store } = await toldLive(requests, { kinds: ALL_NEWS });
      assert.deepEqual(await toldLater(store, { kinds: ALL_NEWS }), lines);
      for (const line of lines) assertKeepsSchema("job-line-v1", line);

      const told = new Map<string, number>();
      for (const { jid, news } of lines)
        if (news === "ended") told.set(jid, (told.get(jid) ?? 0) + 1);
      for (const jid of await jidsOf(store.reader)) {
        const { attempts } = await documentOf(store.reader, jid);
        const ended = attempts.filter(({ finished_at: end }) => end !== null);
        assert.equal(told.get(jid) ?? 0, ended.length, jid);
      }
    });
  }

  it("tells a second attempt anew, and neither late spans nor what is sent again", async () => {
    const jid = jidOf("a1");
    const pushed = push(jid, { trace: "a0", span: "b0" }, 0);
    const first = attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20, error: "Boom" });
    const second = attempt(jid, { trace: "a2", span: "c2" }, { from: 30, to: 35 });
    const inner = { trace: "a1", span: "d1", parent: "c1" };
    const late = sql(inner, { from: 12, to: 13 }, "SELECT 1 FROM users");
    const { lines, store } = await toldLive(
      [[pushed], [first], [late], [first, late], [second], [second]].map(request),
    );
    assert.deepEqual(await toldLater(store), lines);
    assert.deepEqual(
      lines.map((line) => [line.state, line.attempts, line.duration_ns, line.db_statements]),
      [
        ["failed", 1, 10_000_000, 0],
        ["completed", 2, 5_000_000, 0],
      ],
    );
  });

  it("tells each of two attempts that came in one record as it was", async () => {
    const jid = jidOf("a2");
    const first = attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20, error: "Boom" });
    const second = attempt(jid, { trace: "a2", span: "c2" }, { from: 30, to: 35 });
    const { lines } = await toldLive([request([second, first])]);
    assert.deepEqual(
      lines.map(({ state, attempts, news_at: newsAt, finished_at: end }) => [
        state,
        attempts,
        newsAt === end,
      ]),
      [
        ["failed", 1, true],
        ["completed", 2, true],
      ],
    );
  });

  it("tells an attempt once when ActiveJob's span and the job system's come apart", async () => {
    const jid = jidOf("a3");
    const outer = attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20 });
    const inner: SpanFacts = {
      ...attempt(jid, { trace: "a2", span: "c2" }, { from: 11, to: 19 }),
      scope: "ActiveJob",
      attributes: {
        "messaging.system": "active_job",
        "messaging.active_job.adapter.name": "sidekiq",
        "messaging.active_job.message.provider_job_id": jid,
        "messaging.message.id": "7d2d8f2e-6a83-4a6e-9a4c-0a5b9b8a0a01",
        "code.namespace": "ShipJob",
      },
    };
    for (const parts of [[[inner], [outer]], [[outer], [inner]], [[inner, outer]]]) {
      const { lines } = await toldLive(parts.map(request));
      assert.deepEqual(
        lines.map(({ state, attempts }) => [state, attempts]),
        [["completed", 1]],
      );
    }
  });

  it("tells pushes and starts when asked, with nothing in them of what came after", async () => {
    const jid = jidOf("a4");
    const pushed = push(jid, { trace: "a0", span: "b0" }, 0);
    const start: SpanFacts = {
      traceId: "a1".padEnd(32, "0"),
      spanId: "e1".padEnd(16, "0"),
      parentSpanId: "c1".padEnd(16, "0"),
      name: "jobtrace.start",
      kind: 1,
      start: at(10),
      end: at(10),
      scope: "jobtrace",
      attributes: { "jobtrace.jid": jid, "jobtrace.class": "ShipJob" },
    };
    const own = attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20 });
    const query = sql({ trace: "a1", span: "d1", parent: "c1" }, { from: 12, to: 13 }, "SELECT 1");
    const expected = [
      ["enqueued", "queued", 0, null, 0],
      ["started", "running", 1, null, 0],
      ["ended", "completed", 1, 10_000_000, 1],
    ];
    for (const parts of [[[pushed], [start], [query, own]], [[pushed, start, query, own]]]) {
      const { lines } = await toldLive(parts.map(request), { kinds: ALL_NEWS });
      assert.deepEqual(lines.map(told), expected);
    }
    const { lines } = await toldLive([request([pushed, start, query, own])]);
    assert.deepEqual(lines.map(told), expected.slice(2));
  });

  it("filters by what was so at the time: a job that failed and then completed is told as failed", async () => {
    const jid = jidOf("a5");
    const other = jidOf("b5");
    const spans = [
      attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20, error: "Boom" }),
      attempt(jid, { trace: "a2", span: "c2" }, { from: 30, to: 35 }),
      attempt(other, { trace: "b1", span: "f1" }, { from: 10, to: 1200, jobClass: "SlowJob" }),
    ];
    const { store } = await toldLive(spans.map((span) => request([span])));
    const linesFor = async (filter: object): Promise<readonly unknown[]> =>
      (await toldLater(store, { filter })).map((line) => [line.class, line.state]);
    assert.deepEqual(await linesFor({ states: ["failed"] }), [["ShipJob", "failed"]]);
    assert.deepEqual(await linesFor({ error: "Bo*" }), [
      ["ShipJob", "failed"],
      ["ShipJob", "completed"],
    ]);
    assert.deepEqual(await linesFor({ class: "Slow*" }), [["SlowJob", "completed"]]);
    assert.deepEqual(await linesFor({ slowerThan: 1_000_000_000 }), [["SlowJob", "completed"]]);
    assert.deepEqual(await linesFor({ since: at(100) }), [["SlowJob", "completed"]]);
    assert.deepEqual(await linesFor({ queue: "other" }), []);
  });
});

describe("news of before", () => {
  const stored = async () => {
    const requests = recordedRun("shop-link-full").bodies.map((body) => gunzipSync(body));
    return toldLive(requests, { kinds: ALL_NEWS });
  };

  it("are the last by time, in the order of the log", async () => {
    const { lines: all, store } = await stored();
    const kinds = ALL_NEWS;
    for (const count of [0, 1, 7, 1000]) {
      const lines = createNewsLines(store.reader, { kinds, filter: {} });
      const past = await lastNews(store.reader, lines, { kinds, filter: {}, count });
      const byTime = [...all].sort((a, b) => compare(keyOf(a), keyOf(b)));
      const wanted = new Set(count === 0 ? [] : byTime.slice(-count).map(keyOf));
      assert.deepEqual(
        past.lines.map(keyOf),
        all.map(keyOf).filter((key) => wanted.has(key)),
      );
      assert.equal(past.lookedBackTo, undefined);
    }
  });

  it("are of the states that jobs had then", async () => {
    const jid = jidOf("a6");
    const spans = [
      push(jid, { trace: "a0", span: "b0" }, 0),
      attempt(jid, { trace: "a1", span: "c1" }, { from: 10, to: 20, error: "Boom" }),
      attempt(jid, { trace: "a2", span: "c2" }, { from: 30, to: 35 }),
    ];
    const other = jidOf("b6");
    const wentWell = [
      push(other, { trace: "b0", span: "e0" }, 0),
      attempt(other, { trace: "b1", span: "f1" }, { from: 10, to: 20 }),
    ];
    const { store } = await toldLive([...spans, ...wentWell].map((span) => request([span])));
    const kinds = ALL_NEWS;
    for (const [state, news, count] of [
      ["queued", "enqueued", 2],
      ["failed", "ended", 1],
      ["completed", "ended", 2],
    ] as const) {
      const filter = { states: [state] };
      const lines = createNewsLines(store.reader, { kinds, filter });
      const past = await lastNews(store.reader, lines, { kinds, filter, count: 10 });
      const since: JobLine[] = [];
      for await (const line of newsSince(store.reader, lines, { kinds, filter })) since.push(line);
      for (const all of [past.lines, since])
        assert.deepEqual(
          all.map((line) => [line.state, line.news]),
          Array.from({ length: count }, () => [state, news]),
        );
    }
  });

  it("since a time are all of them", async () => {
    const { lines: all, store } = await stored();
    const kinds = ALL_NEWS;
    const [, , third] = [...new Set(all.map(({ news_at: time }) => time ?? ""))].sort();
    const since = BigInt(Date.parse(`${third?.slice(0, 23)}Z`)) * 1_000_000n;
    for (const from of [0n, since]) {
      const filter = { since: from } as object;
      const lines = createNewsLines(store.reader, { kinds, filter });
      const told: JobLine[] = [];
      for await (const line of newsSince(store.reader, lines, { kinds, filter })) told.push(line);
      const later = all.filter(
        ({ news_at: time }) => BigInt(Date.parse(`${time?.slice(0, 23)}Z`)) * 1_000_000n >= from,
      );
      assert.deepEqual(told, later);
    }
  });
});

function request(spans: readonly SpanFacts[]): Buffer {
  return requestOf(spans, WORKER);
}

function told(line: JobLine): readonly unknown[] {
  return [line.news, line.state, line.attempts, line.duration_ns, line.db_statements];
}

/** Sorts by time. */
function keyOf({ news_at: time, news, jid, attempts }: JobLine): string {
  const order = ["enqueued", "started", "ended"].indexOf(news ?? "");
  return `${time} ${order} ${jid} ${attempts}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
