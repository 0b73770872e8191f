import assert from "node:assert/strict";
import { readJobs } from "../../../src/jobscope/inspect/read-jobs.js";
import { readJobByText } from "../../../src/jobscope/inspect/read-job.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { ingestBodies, recordedRun } from "../../recorded-runs.js";

describe("readJobs()", () => {
  const all = { states: undefined, class: undefined, queue: undefined, since: undefined };

  it("gives each job of a store once, the same as when it is read alone", async () => {
    const run = recordedRun("shop-link-full");
    const store = createMemoryStore();
    await ingestBodies(run.bodies, store.writer);
    const jids: string[] = [];
    for await (const document of readJobs(store.reader, all)) {
      jids.push(document.job.jid);
      assert.deepEqual(document, await readJobByText(store.reader, document.job.jid));
    }
    assert.equal(new Set(jids).size, jids.length);
    assert.ok(run.jobs.every(({ jid }) => jids.includes(jid)));
  });

  it("gives only jobs that the filter wants", async () => {
    const store = createMemoryStore();
    await ingestBodies(recordedRun("shop-link-full").bodies, store.writer);
    const classes = new Set<string | null>();
    for await (const { job } of readJobs(store.reader, { ...all, class: "Receipt*" }))
      classes.add(job.class);
    assert.deepEqual([...classes], ["ReceiptJob"]);
  });
});
