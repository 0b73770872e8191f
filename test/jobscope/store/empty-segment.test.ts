/** An open segment that nothing was written to for longer than a segment lasts. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../../temporary-folder.js";
import { dayOf, filesIn, jobsIn, openSmallStore, range } from "./small-store.js";
import { batchOf } from "./store-batches.js";

describe("an open segment without records", () => {
  const folder = temporaryFolder();

  it("is not closed for its age: what is acknowledged from then on is kept", async () => {
    let now = dayOf(0);
    const writer = openSmallStore(folder(), { now: () => now, segmentBytesMax: 1e9 });
    now = dayOf(2);
    let count = 0;
    // Large and plain, so that sealing would compress them and put another file under the name.
    const append = (): Promise<number> =>
      writer.append(batchOf([`job${count++}`], { fillerBytes: 2000 }));
    await append();
    await append();
    while (writer.isSealing(0)) await append();
    await append();
    await writer.close();
    assert.deepEqual(await jobsIn(folder()), range(0, count));
  });

  it("is closed for its age once it has some", async () => {
    let now = dayOf(0);
    const writer = openSmallStore(folder(), { now: () => now, segmentBytesMax: 1e9 });
    await writer.append(batchOf(["job0"]));
    now = dayOf(2);
    await writer.append(batchOf(["job1"]));
    await writer.append(batchOf(["job2"]));
    await writer.close();
    assert.deepEqual(
      filesIn(folder()).filter((name) => name.endsWith(".jlog")),
      ["0000000000000000.jlog", "0000000000000001.jlog"],
    );
    assert.deepEqual(await jobsIn(folder()), range(0, 3));
  });
});
