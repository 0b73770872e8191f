/** The recorded runs, followed as they were received: what was printed on the way is what is told in the end. */
import assert from "node:assert/strict";
import { createFollowText } from "../../../src/jobscope/inspect/follow-text.js";
import { readJob } from "../../../src/jobscope/inspect/read-job.js";
import { safeText } from "../../../src/jobscope/inspect/safe-text.js";
import { arrangeDocument } from "../../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../../src/jobscope/model/arrange/arrangement.js";
import { parseJid } from "../../../src/jobscope/model/ids.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { ingestBodies, type Run, recordedRuns } from "../../recorded-runs.js";
import { PIPED } from "../../plain-view.js";

interface Followed {
  readonly document: JobDocument;
  readonly text: string;
  /** The first attempt that was shown. */
  readonly from: number;
}

/** Every job of a run, looked at after every request. */
async function followAll({ bodies, jobs }: Run): Promise<readonly Followed[]> {
  const { writer, reader } = createMemoryStore();
  const followers = new Map(jobs.map(({ jid }) => [jid, createFollowText(PIPED)]));
  const lines = new Map<string, string[]>();
  const from = new Map<string, number>();
  const last = new Map<string, JobDocument>();
  for (const body of bodies) {
    await ingestBodies([body], writer);
    for (const [text, follower] of followers) {
      const jid = parseJid(text) ?? assert.fail(text);
      const document = await readJob(reader, jid);
      if (document === undefined) continue;
      if (!from.has(jid)) from.set(jid, document.attempts.at(-1)?.number ?? 0);
      const all = arrangeDocument(document, { ...DEFAULT_ARRANGEMENT, foldMin: undefined });
      lines.set(jid, [...(lines.get(jid) ?? []), ...follower.lines(all, all)]);
      last.set(jid, all);
    }
  }
  return [...last].map(([jid, document]) => ({
    document,
    text: [...(lines.get(jid) ?? []), ...(followers.get(jid)?.ending(document) ?? [])].join("\n"),
    from: from.get(jid) ?? 0,
  }));
}

describe("a job that is followed", function () {
  this.timeout(120_000);

  for (const run of recordedRuns()) {
    it(`is told whole, and no line twice, in ${run.name}`, async () => {
      for (const { document, text, from } of await followAll(run)) {
        const attempts = document.attempts.filter(({ number }) => number >= from);
        for (const { steps } of attempts)
          for (const { title, kind } of steps)
            if (kind !== "open" && kind !== "gap")
              assert.ok(text.includes(safeText(title)), `${title} in ${text}`);
        const printed = text.split("\n").filter((line) => /^(?:\+ )?\[/.test(line));
        const steps = attempts.flatMap((attempt) => attempt.steps);
        const count = steps.filter(({ kind }) => kind !== "open" && kind !== "gap").length;
        const records = printed.filter((line) => /last record|no end recorded/.test(line)).length;
        assert.equal(printed.length - records, count, text);
      }
    });
  }
});
