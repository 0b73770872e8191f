/** Reading a job while retention deletes a part of it, and one that never ends. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { arrangeDocument } from "../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../src/jobscope/model/arrange/arrangement.js";
import { buildDocument } from "../../src/jobscope/model/document/build-document.js";
import { parseJid } from "../../src/jobscope/model/ids.js";
import type { JobTrace } from "../../src/jobscope/model/job-trace.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { createIngest } from "../../src/processor/ingest.js";
import { readJobTrace } from "../../src/processor/read-job-trace.js";
import { attemptRequest, requestOf, sidekiqAttributes, type SpanFacts } from "../otlp-request.js";
import { temporaryFolder } from "../temporary-folder.js";

const JID = "12c0218bd14de9ead7416414";

describe("readJobTrace()", () => {
  const folder = temporaryFolder();

  /** Two attempts, each in a segment of its own. */
  async function fill(): Promise<void> {
    const now = (): ReturnType<typeof unixNano> => unixNano(1_795_000_000_000_000_000n);
    const writer = openFileStoreWriter(folder(), { indexBatch, now, segmentBytesMax: 1 });
    const ingest = createIngest(writer, now);
    for (const attempt of [1n, 2n]) {
      const start = now() + attempt * 1_000_000_000n;
      const traceId = Buffer.alloc(16, Number(attempt));
      const body = attemptRequest({ jid: JID, traceId, start });
      await ingest({ body, raw: body, codec: "identity", format: "protobuf" });
    }
    await writer.close();
  }

  /** Deletes these segments when the reader was asked for the job's first trace, before any batch is read. */
  function deletingReader(lsns: readonly number[]): JobStoreReader {
    const reader = openFileStoreReader(folder(), { indexBatch });
    return {
      ...reader,
      async findTrace(traceId) {
        const found = await reader.findTrace(traceId);
        for (const lsn of lsns)
          for (const suffix of ["jlog", "jidx", "jlix"])
            rmSync(join(folder(), "log", `${String(lsn).padStart(16, "0")}.${suffix}`), {
              force: true,
            });
        return found;
      },
    };
  }

  const jid = parseJid(JID);
  assert.ok(jid);

  it("D26 tells of what is left when a part of the job is deleted while it is read", async () => {
    await fill();
    const reader = deletingReader([0]);
    const trace = await readJobTrace(reader, jid);
    await reader.close();
    assert.equal(trace?.attempts.length, 1);
    const fresh = openFileStoreReader(folder(), { indexBatch });
    assert.deepEqual(trace, await readJobTrace(fresh, jid));
    await fresh.close();
  });

  it("L11 reads what names the job and the oldest of the rest when its traces have too many spans, and says so", async () => {
    const now = (): ReturnType<typeof unixNano> => unixNano(1_795_000_000_000_000_000n);
    const writer = openFileStoreWriter(folder(), { indexBatch, now });
    const ingest = createIngest(writer, now);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const idOf = (position: number): string => (0x1000 + position).toString(16).padStart(16, "0");
    const at = (position: number): SpanFacts => ({
      traceId,
      spanId: idOf(position),
      // One hangs under a span that comes later.
      ...(position > 0 ? { parentSpanId: position === 2 ? idOf(8) : idOf(0) } : {}),
      name: `step ${position}`,
      kind: position > 0 ? 1 : 5,
      start: now() + BigInt(position) * 1_000_000_000n,
      end: now() + BigInt(position === 0 ? 10 : position) * 1_000_000_000n + 1n,
      attributes: position > 0 ? { "jobtrace.jid": JID } : sidekiqAttributes(JID, "EndlessJob"),
    });
    // The span of the attempt comes when it ends: last.
    for (const positions of [[1, 2], [3, 4], [5, 6], [7, 8], [0]]) {
      const body = requestOf(positions.map(at));
      await ingest({ body, raw: body, codec: "identity", format: "protobuf" });
    }
    await writer.close();
    const reader = openFileStoreReader(folder(), { indexBatch });
    const [some, all] = [
      await readJobTrace(reader, jid, { spansMax: 4 }),
      await readJobTrace(reader, jid),
    ];
    await reader.close();
    assert.ok(some && all);
    assert.deepEqual([all.attempts[0]?.spans.length, all.unreadBatches], [8, 0]);
    assert.deepEqual(
      some.attempts[0]?.spans.map(({ name }) => name),
      ["step 1", "step 2", "step 3", "step 4"],
    );
    assert.equal(some.unreadBatches, 2);
    const { completeness } = buildDocument(some);
    assert.equal(completeness.complete, false);
    assert.deepEqual(
      completeness.notes.map(({ code }) => code),
      ["too_many_spans"],
    );
    assert.equal(buildDocument(all).completeness.notes.length, 0);
    // What may lie in the batches that were left out is not called missing.
    assert.equal(completeness.batches_not_read, 2);
    assert.equal(completeness.missing_parents, 0);
    const gapsOf = (trace: JobTrace): number =>
      arrangeDocument(buildDocument(trace), DEFAULT_ARRANGEMENT)
        .attempts.flatMap(({ steps }) => steps)
        .filter(({ kind }) => kind === "gap").length;
    assert.ok(gapsOf(all) > 0);
    assert.equal(gapsOf(some), 0);
  });

  it("D26 knows no job any more that is deleted while it is read", async () => {
    await fill();
    const reader = deletingReader([0, 1]);
    assert.equal(await readJobTrace(reader, jid), undefined);
    await reader.close();
  });
});
