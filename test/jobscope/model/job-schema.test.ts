/** `jobtrace.job/v1` as it ships: every document of every recorded and made-up job keeps to it, arranged and in full. */
import { assertKeepsSchema } from "../../json-schema.js";
import { arrangeDocument } from "../../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../../src/jobscope/model/arrange/arrangement.js";
import { readJob } from "../../../src/jobscope/inspect/read-job.js";
import { parseJid } from "../../../src/jobscope/model/ids.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { alikeQueries } from "../../mockups/alike-queries.js";
import { killed } from "../../mockups/killed.js";
import { running } from "../../mockups/running.js";
import { recordedRuns } from "../../recorded-runs.js";
import { jidsOf, storedRequests, storedRun } from "../../stored-runs.js";

async function checkJobs(reader: JobStoreReader): Promise<number> {
  const jids = await jidsOf(reader);
  for (const text of jids) {
    const jid = parseJid(text);
    if (jid === undefined) continue;
    for (const full of [false, true]) {
      const document = await readJob(reader, jid, { orphans: true, full });
      // As a script gets it: what JSON cannot say is not in it.
      for (const each of [
        document,
        document && arrangeDocument(document, { ...DEFAULT_ARRANGEMENT, full }),
      ])
        assertKeepsSchema("job-v1", JSON.parse(JSON.stringify(each)));
    }
  }
  return jids.length;
}

describe("jobtrace.job/v1", () => {
  for (const { name } of recordedRuns()) {
    it(`is what every job of ${name} is told as`, async () => {
      if ((await checkJobs(await storedRun(name))) === 0) throw new Error("there is no job");
    }).timeout(30_000);
  }

  for (const [name, { bodies }] of Object.entries({ killed, running, alikeQueries })) {
    it(`is what the made-up job ${name} is told as`, async () => {
      if ((await checkJobs(await storedRequests(...bodies))) === 0)
        throw new Error("there is no job");
    });
  }
});
