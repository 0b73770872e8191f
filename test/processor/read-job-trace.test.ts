/** Reading a job while retention deletes a part of it. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { arrangeDocument } from "../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../src/jobscope/model/arrange/arrangement.js";
import { buildDocument } from "../../src/jobscope/model/document/build-document.js";
import { parseJid } from "../../src/jobscope/model/ids.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { createIngest } from "../../src/processor/ingest.js";
import { readJobTrace } from "../../src/processor/read-job-trace.js";
import { attemptRequest } from "../otlp-request.js";
import { storedRun } from "../stored-runs.js";
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

  it("D26 knows no job any more that is deleted while it is read", async () => {
    await fill();
    const reader = deletingReader([0, 1]);
    assert.equal(await readJobTrace(reader, jid), undefined);
    await reader.close();
  });

  it("L11 leaves in the log what is more than one reading holds, and tells how much", async () => {
    const reader = await storedRun("shop-link-full");
    const whole = buildDocument((await readJobTrace(reader, jid)) ?? assert.fail());
    const trace = (await readJobTrace(reader, jid, { spansMax: 5 })) ?? assert.fail();
    const document = arrangeDocument(buildDocument(trace), DEFAULT_ARRANGEMENT);
    const { completeness, job, attempts } = document;
    assert.equal(completeness.complete, false);
    assert.ok(completeness.spans_not_read > 0);
    assert.ok(completeness.spans < whole.completeness.spans);
    // What names the job is read all the same: nothing that is said of the job as a whole differs.
    assert.deepEqual(
      [job.state, job.class, attempts.map(({ state }) => state)],
      [whole.job.state, whole.job.class, whole.attempts.map(({ state }) => state)],
    );
    assert.equal(completeness.missing_parents, 0);
    assert.ok(completeness.notes.some(({ code }) => code === "spans_not_read"));
    assert.ok(attempts.every(({ steps }) => steps.every(({ kind }) => kind !== "gap")));
  });
});
