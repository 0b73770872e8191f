/** What every job store must do. Each implementation's test calls this once. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { JobRow } from "../../../src/jobscope/model/job-row.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type {
  FoundRow,
  JobQuery,
  JobStoreReader,
  JobStoreWriter,
  StoredBatch,
} from "../../../src/jobscope/store/job-store.js";
import { batchOf, logsOf, rowOf, traceIdOf } from "./store-batches.js";

export interface OpenStore {
  readonly writer: JobStoreWriter;
  readonly reader: JobStoreReader;
}

export function describeJobStore(name: string, open: () => Promise<OpenStore> | OpenStore): void {
  describe(`${name} keeps the job store contract`, () => {
    let writer: JobStoreWriter;
    let reader: JobStoreReader;
    beforeEach(async () => {
      ({ writer, reader } = await open());
    });
    afterEach(async () => {
      await writer.close();
      await reader.close();
    });

    it("is empty at first", async () => {
      assert.deepEqual(await collect(reader.batches()), []);
      assert.deepEqual(await collect(reader.jobs({})), []);
      assert.deepEqual(await reader.findRows("a"), []);
      assert.equal(await reader.read(0), undefined);
      const { batchCount, spanCount, newest, oldest, damage } = await reader.info();
      assert.deepEqual(
        { batchCount, spanCount, newest, oldest, damage },
        { batchCount: 0, spanCount: 0, newest: undefined, oldest: undefined, damage: [] },
      );
    });

    it("numbers batches from 0 in the order of the calls, also when they come at once", async () => {
      const lsns = await Promise.all(
        Array.from({ length: 100 }, (_, i) => writer.append(batchOf([`job${i}`]))),
      );
      assert.deepEqual(lsns, [...lsns.keys()]);
      for (const lsn of lsns) assert.equal((await reader.findRows(`job${lsn}`))[0]?.lsn, lsn);
    });

    for (const gzip of [false, true]) {
      it(`gives back the bytes as they were, ${gzip ? "gzip" : "plain"}, and inflated`, async () => {
        const batch = batchOf(["abc"], { gzip, receivedAt: 7 });
        const lsn = await writer.append(batch);
        const stored = await reader.read(lsn);
        assert.ok(stored);
        assert.deepEqual(Buffer.from(stored.body), Buffer.from(batch.body));
        assert.equal(stored.raw().length, batch.rawBytes);
        assert.deepEqual(pick(stored), {
          lsn,
          receivedAt: batch.receivedAt,
          spanCount: 1,
          codec: batch.codec,
        });
      });
    }

    it("shows a batch to a reader as soon as it is acknowledged", async () => {
      for (let i = 0; i < 20; i++) {
        const lsn = await writer.append(batchOf([`job${i}`]));
        assert.equal((await reader.findRows(`job${i}`)).length, 1);
        assert.equal((await reader.read(lsn))?.lsn, lsn);
      }
    });

    it("finds every row of a job, oldest batch first, with all its facts", async () => {
      await writer.append(batchOf(["one", "two!"]));
      await writer.append(batchOf(["three"]));
      await writer.append(batchOf(["two!", "one"]));
      assert.deepEqual(await reader.findRows("two!"), [found("two!", 0), found("two!", 2)]);
      assert.deepEqual(await reader.findRows("one"), [found("one", 0), found("one", 2)]);
      assert.deepEqual(await reader.findRows("on"), []);
      assert.deepEqual(await reader.findRows("one2"), []);
    });

    it("tells ids apart that share their beginning, are short, or are no hex", async () => {
      const ids = [
        "a",
        "aa",
        "aaaaaaaa",
        "aaaaaaaaa",
        "aaaaaaaab",
        "job:1/ü",
        "日本",
        " ",
        "x".repeat(255),
      ];
      await writer.append(batchOf(ids));
      for (const id of ids)
        assert.deepEqual(await reader.findRows(id), [found(id, 0)], JSON.stringify(id));
    });

    it("finds ids by their beginning, each once, in byte order, no more than asked for", async () => {
      await writer.append(batchOf(["abcd1", "abcd2", "abce", "b"]));
      await writer.append(batchOf(["abcd2", "abcd0"]));
      assert.deepEqual(await reader.findJobIds("abcd", 10), ["abcd0", "abcd1", "abcd2"]);
      assert.deepEqual(await reader.findJobIds("abcd", 2), ["abcd0", "abcd1"]);
      assert.deepEqual(await reader.findJobIds("", 10), ["abcd0", "abcd1", "abcd2", "abce", "b"]);
      assert.deepEqual(await reader.findJobIds("abcd1x", 10), []);
      assert.deepEqual(await reader.findJobIds("c", 10), []);
    });

    it("finds the batches of a trace, ascending, and traces by their beginning", async () => {
      const shared = traceIdOf("shared");
      await writer.append(batchOf(["a"], { traceIds: [shared, traceIdOf("other")] }));
      await writer.append(batchOf(["b"]));
      await writer.append(batchOf(["c"], { traceIds: [shared] }));
      assert.deepEqual(await reader.findTrace(shared), [0, 2]);
      assert.deepEqual(await reader.findTrace(traceIdOf("other")), [0]);
      assert.deepEqual(await reader.findTrace(traceIdOf("nobody")), []);
      assert.deepEqual(await reader.findTraceIds(shared.slice(0, 9), 10), [shared]);
      assert.deepEqual(await reader.findTraceIds("00", 10), []);
    });

    it("finds log records of a trace apart from its spans, and counts them by themselves", async () => {
      const [shared, other] = [traceIdOf("shared"), traceIdOf("other")];
      await writer.append(batchOf(["a"], { traceIds: [shared] }));
      await writer.append(logsOf([shared, other]));
      await writer.append(batchOf(["b"], { traceIds: [other] }));
      await writer.append(logsOf([shared]));
      assert.deepEqual(await reader.findTrace(shared), [0]);
      assert.deepEqual(await reader.findLogs(shared), [1, 3]);
      assert.deepEqual(await reader.findLogs(other), [1]);
      assert.deepEqual(await reader.findLogs(traceIdOf("nobody")), []);
      assert.deepEqual(await reader.findTraceIds(other.slice(0, 9), 10), [other]);
      const { batchCount, spanCount, logCount } = await reader.info();
      assert.deepEqual([batchCount, spanCount, logCount], [4, 2, 3]);
      const stored = await reader.read(1);
      assert.deepEqual(
        [stored?.signal, stored?.spanCount, stored?.logCount, (await reader.read(2))?.signal],
        ["logs", 0, 2, "traces"],
      );
    });

    it("does not take a trace that only log records are of for one of spans", async () => {
      const lone = traceIdOf("lone");
      await writer.append(logsOf([lone]));
      assert.deepEqual(await reader.findTrace(lone), []);
      assert.deepEqual(await reader.findTraceIds(lone.slice(0, 9), 10), []);
      assert.deepEqual(await collect(reader.jobs({})), []);
    });

    it("reads all batches oldest first, from a given one, and ends at the one that was last when it began", async () => {
      for (const id of ["a", "b", "c"]) await writer.append(batchOf([id]));
      assert.deepEqual(
        (await collect(reader.batches())).map(({ lsn }) => lsn),
        [0, 1, 2],
      );
      assert.deepEqual(
        (await collect(reader.batches(1))).map(({ lsn }) => lsn),
        [1, 2],
      );
      assert.deepEqual(await collect(reader.batches(3)), []);
      const seen: number[] = [];
      for await (const { lsn } of reader.batches()) {
        seen.push(lsn);
        await writer.append(batchOf(["late"]));
      }
      assert.deepEqual(seen, [0, 1, 2]);
    });

    describe("asked for jobs", () => {
      const at = (seconds: number) => unixNano(BigInt(seconds) * 1_000_000_000n);
      const rowAt = (jobId: string, seconds: number, row: Partial<JobRow> = {}): JobRow => ({
        ...rowOf(jobId),
        role: "enqueue",
        start: at(seconds),
        end: at(seconds + 1),
        ...row,
      });
      const append = (...rows: JobRow[]): Promise<number> => writer.append(batchOf([], { rows }));
      const ids = async (query: JobQuery): Promise<readonly string[]> => {
        const jobs = await collect(reader.jobs(query));
        const times = jobs.map(({ latest }) => latest);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
        );
        return [...new Set(jobs.map(({ jobId }) => jobId))];
      };

      it("gives them by their latest news, whatever batch that came in", async () => {
        await append(rowAt("late", 90), rowAt("first", 10));
        await append(rowAt("second", 20), rowAt("attempted", 5, { role: "attempt", end: at(70) }));
        await append(rowAt("third", 30), rowAt("first", 80));
        assert.deepEqual(await ids({}), ["late", "first", "attempted", "third", "second"]);
      });

      it("leaves out ids that only lead to a job", async () => {
        await append(rowAt("a", 1), rowAt("b", 2, { role: "alias" }));
        await append(rowAt("c", 3, { role: "active_job_enqueue" }));
        assert.deepEqual(await ids({}), ["a"]);
      });

      it("leaves out jobs whose facts or rows rule them out, and old ones", async () => {
        await append(rowAt("sent", 10, { role: "attempt", jobClass: "Send" }));
        await append(rowAt("failed", 20, { role: "attempt", status: "error", jobClass: "Send" }));
        await append(rowAt("queued", 30, { jobClass: "Other", queue: "low" }));
        await append(rowAt("stamped", 40, { role: "member", jobClass: "" }));
        await append(rowAt("wrapped", 50, { role: "active_job_attempt", status: "error" }));
        assert.deepEqual(await ids({ facts: ({ jobClass }) => jobClass === "Send" }), [
          "failed",
          "sent",
        ]);
        assert.deepEqual(await ids({ facts: ({ queue }) => queue === "low" }), ["queued"]);
        assert.deepEqual(await ids({ marks: ({ failed }) => failed }), ["wrapped", "failed"]);
        assert.deepEqual(await ids({ marks: ({ succeeded }) => succeeded }), ["sent"]);
        assert.deepEqual(await ids({ marks: ({ pushed, attempted }) => pushed && !attempted }), [
          "queued",
        ]);
        assert.deepEqual(await ids({ marks: ({ stamped }) => stamped }), ["stamped"]);
        assert.deepEqual(await ids({ since: at(40) }), ["wrapped", "stamped"]);
      });
    });

    it("keeps its own copy of the bytes", async () => {
      const batch = batchOf(["abc"]);
      const before = Buffer.from(batch.body);
      const appended = writer.append(batch);
      const lsn = await appended;
      batch.body.fill(0);
      assert.deepEqual(Buffer.from((await reader.read(lsn))?.body ?? []), before);
    });

    it("keeps a batch without jobs, and one of ten megabytes", async () => {
      await writer.append(batchOf([], { traceIds: [traceIdOf("t")] }));
      const body = randomBytes(10_000_000).fill(0, 0, 1);
      const lsn = await writer.append({ ...batchOf(["big"]), body, rawBytes: body.length });
      assert.deepEqual(Buffer.from((await reader.read(lsn))?.body ?? []), body);
      assert.deepEqual(await reader.findTrace(traceIdOf("t")), [0]);
    });

    it("counts what is in it", async () => {
      await writer.append(batchOf(["a", "b"], { receivedAt: 1 }));
      await writer.append(batchOf(["c"], { receivedAt: 2 }));
      const { batchCount, spanCount, oldest, newest, bytes } = await reader.info();
      assert.deepEqual([batchCount, spanCount], [2, 3]);
      assert.deepEqual(
        [oldest, newest],
        [batchOf([], { receivedAt: 1 }).receivedAt, batchOf([], { receivedAt: 2 }).receivedAt],
      );
      assert.ok(bytes > 0);
    });

    it("takes nothing after it was closed, and may be closed twice", async () => {
      await writer.close();
      await assert.rejects(writer.append(batchOf(["a"])), /closed/);
      await writer.close();
    });
  });
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function found(jobId: string, lsn: number): FoundRow {
  return { ...rowOf(jobId), lsn };
}

function pick({ lsn, receivedAt, spanCount, codec }: StoredBatch): object {
  return { lsn, receivedAt, spanCount, codec };
}
