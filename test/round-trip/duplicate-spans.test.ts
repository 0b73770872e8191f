/** A sender that does not get its answer sends again: both are kept, and a person sees the span once. */
import assert from "node:assert/strict";
import { readJob } from "../../src/jobscope/inspect/read-job.js";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { parseJid } from "../../src/jobscope/model/ids.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../otlp-request.js";
import { callOn, frame, post } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";
import { startStoreServer } from "./store-server.js";

const JID = "0123456789abcdef01234567";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const START = 1_795_000_000_000_000_000n;

const attempt: SpanFacts = {
  traceId: TRACE,
  spanId: "b7ad6b7169203331",
  name: "default process",
  kind: 5,
  start: START,
  end: START + 50_000_000n,
  attributes: sidekiqAttributes(JID, "TestJob"),
};
const query: SpanFacts = {
  traceId: TRACE,
  spanId: "00f067aa0ba902b1",
  parentSpanId: attempt.spanId,
  name: "SELECT",
  kind: 3,
  start: START + 5_000_000n,
  end: START + 7_000_000n,
  scope: "PG",
  attributes: { "db.system": "postgresql", "db.statement": "SELECT * FROM users" },
};

describe("S84: spans that were sent twice", () => {
  const folder = temporaryFolder();

  it("are kept twice and shown once", async () => {
    const server = await startStoreServer(folder());
    try {
      const body = requestOf([attempt, query]);
      assert.equal((await post(server, { body })).status, 200);
      const jid = parseJid(JID);
      assert.ok(jid);
      const once = await readJob(server.reader, jid);
      assert.equal((await callOn(server.session, frame(body))).grpcStatus, "0");

      const batches = await server.batchesOf(TRACE);
      assert.deepEqual(
        batches.map(({ spanCount }) => spanCount),
        [2, 2],
      );
      const twice = await readJob(server.reader, jid);
      assert.ok(once);
      assert.equal(once.attempts.length, 1);
      assert.deepEqual(titlesOf(once), ["Job started", "SELECT users", "Job finished"]);
      // When the last of its spans came is all that differs.
      assert.deepEqual({ ...twice, as_of: once.as_of }, once);
    } finally {
      await server.close();
    }
  });

  it("are shown as the later one says, also within one request", async () => {
    const server = await startStoreServer(folder());
    try {
      const later = { ...query, attributes: { ...query.attributes, "db.statement": "SELECT 1" } };
      assert.equal((await post(server, { body: requestOf([attempt, query, later]) })).status, 200);
      const jid = parseJid(JID);
      assert.ok(jid);
      const document = await readJob(server.reader, jid);
      assert.ok(document);
      assert.deepEqual(titlesOf(document), ["Job started", "SELECT 1", "Job finished"]);
    } finally {
      await server.close();
    }
  });
});

function titlesOf({ attempts }: JobDocument): readonly string[] | undefined {
  return attempts[0]?.steps.map(({ title }) => title);
}
