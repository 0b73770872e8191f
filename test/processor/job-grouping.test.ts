/** One job cut out of its traces: the shapes of each propagation style, and what broken senders make. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SpanId, TraceId } from "../../src/jobscope/model/ids.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { groupJob, type SpanNode } from "../../src/processor/job-grouping.js";
import type { JobSpan } from "../../src/processor/job-span.js";

interface Node extends SpanNode {
  readonly name: string;
}

interface NodeOptions {
  readonly trace?: string;
  readonly at?: readonly [number, number];
  readonly job?: JobSpan;
  readonly stamp?: string;
  readonly kind?: "server" | "client";
  readonly sender?: string;
}

/** `name < parent`: a span and its parent; a parent that no node has is missing. */
function node(
  path: string,
  { trace = "t", at = [0, 100], job, stamp, kind, sender = "worker" }: NodeOptions = {},
): Node {
  const [name = "", parent] = path.split(" < ");
  return {
    name,
    traceId: trace as TraceId,
    spanId: name as SpanId,
    parentSpanId: parent as SpanId | undefined,
    start: unixNano(BigInt(at[0])),
    end: unixNano(BigInt(at[1])),
    isServer: kind === "server",
    isClient: kind === "client",
    job,
    stamp,
    sender,
  };
}

const attempt = (jid: string): JobSpan => ({ role: "attempt", jid, jobClass: "C", queue: "q" });
const push = (jid: string): JobSpan => ({ role: "enqueue", jid, jobClass: "C", queue: "q" });
const wrapped = (jid: string): JobSpan => ({
  role: "active_job_attempt",
  jid,
  activeJobId: "u",
  jobClass: "C",
  queue: "q",
});
const wrappedPush: JobSpan = {
  role: "active_job_enqueue",
  activeJobId: "u",
  jobClass: "C",
  queue: "q",
};

/** Names only: root/activeJob: members [missing parents]. */
function outline(jid: string, nodes: readonly Node[]): readonly string[] {
  return groupJob(jid, nodes).attempts.map(({ root, activeJob, members, missingParents }) => {
    const missing = missingParents.length > 0 ? ` [${missingParents.join(" ")}]` : "";
    return `${root?.name ?? "-"}/${activeJob?.name ?? "-"}: ${members.map(({ name }) => name).join(" ")}${missing}`;
  });
}

const LINK = [
  node("web", { trace: "w", kind: "server", at: [0, 10], sender: "web" }),
  node("pushA < web", { trace: "w", job: push("A"), at: [1, 2], sender: "web" }),
  node("lpush < web", { trace: "w", kind: "client", at: [3, 4], sender: "web" }),
  node("runA", { job: attempt("A"), at: [20, 90] }),
  node("sql < runA", { kind: "client", at: [21, 22] }),
  node("code < runA", { at: [30, 60] }),
  node("deep < code", { kind: "client", at: [31, 32] }),
  node("pushB < code", { job: push("B"), at: [40, 41] }),
];

const CHILD = [
  node("web", { kind: "server", at: [0, 10], sender: "web" }),
  node("pushA < web", { job: push("A"), at: [1, 2], sender: "web" }),
  node("runA < pushA", { job: attempt("A"), at: [20, 90] }),
  node("sqlA < runA", { kind: "client", at: [21, 22] }),
  node("pushB < runA", { job: push("B"), at: [30, 31] }),
  node("lpushB < runA", { kind: "client", at: [32, 33] }),
  node("runB < pushB", { job: attempt("B"), at: [50, 200] }),
  node("sqlB < runB", { kind: "client", at: [51, 52] }),
];

describe("groupJob()", () => {
  it("takes what is under the attempt, pushes included (link)", () => {
    assert.deepEqual(outline("A", LINK), ["runA/-: sql code deep pushB"]);
  });

  it("cuts one trace of many jobs at the attempts (child)", () => {
    assert.deepEqual(outline("A", CHILD), ["runA/-: sqlA pushB lpushB"]);
    assert.deepEqual(outline("B", CHILD), ["runB/-: sqlB"]);
  });

  it("tells who enqueued: the request, or the job it happened in", () => {
    const [fromWeb] = groupJob("A", CHILD).enqueues;
    assert.deepEqual(
      [fromWeb?.node.name, fromWeb?.by?.name, fromWeb?.parentMissing],
      ["pushA", "web", false],
    );
    const [fromJob] = groupJob("B", CHILD).enqueues;
    assert.deepEqual(
      [fromJob?.by?.name, fromJob?.followers.map(({ name }) => name)],
      ["runA", ["lpushB"]],
    );
  });

  it("keeps an enqueue whose enqueuer never came", () => {
    const [enqueue] = groupJob("A", [node("pushA < gone", { job: push("A") })]).enqueues;
    assert.deepEqual([enqueue?.by, enqueue?.parentMissing], [undefined, true]);
  });

  it("numbers retries in separate traces by start, in any order of arrival", () => {
    const runs = [1, 2, 3].map((n) =>
      node(`run${n}`, { trace: `t${n}`, job: attempt("A"), at: [n * 100, n * 100 + 9] }),
    );
    assert.deepEqual(outline("A", [...runs].reverse()), ["run1/-: ", "run2/-: ", "run3/-: "]);
  });

  it("joins ActiveJob's trace with the attempt of the same process around it", () => {
    const nodes = [
      node("run", { trace: "s", job: attempt("A"), at: [0, 50] }),
      node("ajRun", { trace: "a", job: wrapped("A"), at: [1, 49] }),
      node("sql < ajRun", { trace: "a", kind: "client", at: [2, 3] }),
      node("run2", { trace: "s2", job: attempt("A"), at: [100, 150] }),
      node("ajRun2", { trace: "a2", job: wrapped("A"), at: [101, 149] }),
    ];
    assert.deepEqual(outline("A", nodes), ["run/ajRun: sql", "run2/ajRun2: "]);
  });

  it("does not join it with an attempt of another process, nor with one beside it in time", () => {
    const other = [
      node("run", { job: attempt("A"), at: [0, 50] }),
      node("aj", { trace: "a", job: wrapped("A"), at: [1, 49], sender: "other" }),
    ];
    assert.deepEqual(outline("A", other), ["run/-: ", "-/aj: "]);
    const later = [
      node("run", { job: attempt("A"), at: [0, 50] }),
      node("aj", { trace: "a", job: wrapped("A"), at: [1, 60] }),
    ];
    assert.equal(outline("A", later).length, 2);
  });

  it("takes an attempt of which only ActiveJob's span was sent (child, scheduled)", () => {
    const nodes = [
      node("ajPush", { job: wrappedPush, at: [0, 9] }),
      node("push < ajPush", { job: push("A"), at: [1, 2] }),
      node("ajRun < ajPush", { job: wrapped("A"), at: [50, 60] }),
      node("sql < ajRun", { kind: "client", at: [51, 52] }),
    ];
    assert.deepEqual(outline("A", nodes), ["-/ajRun: sql"]);
    assert.equal(groupJob("A", nodes).enqueues[0]?.activeJobId, "u");
  });

  it("keeps a span whose parent was lost with the attempt that was under way in its trace and process", () => {
    const nodes = [
      node("run", { job: attempt("A"), at: [0, 50] }),
      node("orphan < gone", { at: [10, 11] }),
      node("after < gone2", { at: [60, 61] }),
      node("elsewhere < gone3", { at: [10, 11], sender: "other" }),
    ];
    assert.deepEqual(outline("A", nodes), ["run/-: orphan [gone]"]);
  });

  it("makes an attempt of stamped spans whose root never came", () => {
    const nodes = [
      node("sql < gone", { stamp: "A", job: { role: "member", jid: "A" }, at: [5, 6] }),
      node("http < gone", { stamp: "A", job: { role: "member", jid: "A" }, at: [7, 8] }),
      node("other < gone", { stamp: "B", job: { role: "member", jid: "B" }, at: [9, 10] }),
    ];
    assert.deepEqual(outline("A", nodes), ["-/-: sql http [gone]"]);
  });

  it("leaves a span that names another job to that, though it lost its parent in this one's time", () => {
    const nodes = [
      node("run", { job: attempt("A"), at: [0, 50] }),
      node("other < gone", { stamp: "B", job: { role: "member", jid: "B" }, at: [9, 10] }),
    ];
    assert.deepEqual(outline("A", nodes), ["run/-: "]);
    assert.deepEqual(outline("B", nodes), ["-/-: other [gone]"]);
  });

  it("ends on spans that are each other's parents", () => {
    const nodes = [
      node("run", { job: attempt("A") }),
      node("x < y"),
      node("y < x"),
      node("self < self"),
    ];
    assert.deepEqual(outline("A", nodes), ["run/-: "]);
  });

  it("gives the same groups whatever the order of the spans, and loses none under an attempt", () => {
    for (const nodes of [LINK, CHILD]) {
      fc.assert(
        fc.property(fc.shuffledSubarray([...nodes], { minLength: nodes.length }), (shuffled) => {
          assert.deepEqual(outline("A", shuffled), outline("A", nodes));
        }),
      );
    }
  });
});
