/** A writer that leaves room on the disk. */
import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { createDiskRoom } from "../../../src/jobscope/store/disk-room.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { openSmallStore } from "./small-store.js";
import { batchOf, indexTestBatch } from "./store-batches.js";

/** More than any disk has. Bytes. */
const MORE_THAN_THERE_IS = 2 ** 60;

describe("room on the disk", () => {
  const folder = temporaryFolder();

  it("D15 nothing is written while there is less than is to stay free, and what is there is read", async () => {
    const before = openSmallStore(folder());
    await before.append(batchOf(["kept"]));
    await before.close();
    const writer = openSmallStore(folder(), { diskFreeMin: MORE_THAN_THERE_IS });
    await assert.rejects(
      writer.append(batchOf(["refused"])),
      /^StoreError: cannot write spans: the disk has \d+ MB left and \d+ MB are to stay free$/,
    );
    await writer.close();
    const reader = openFileStoreReader(folder(), { indexBatch: indexTestBatch });
    assert.equal((await reader.findRows("kept")).length, 1);
    assert.deepEqual(await reader.findRows("refused"), []);
    await reader.close();
  });

  it("is enough when there is more", () => {
    const { bavail, bsize } = statfsSync(folder());
    createDiskRoom(folder(), 1).assertLeft();
    createDiskRoom(folder(), 0).assertLeft();
    // Twice what there is: others may make room while this runs.
    assert.throws(() => createDiskRoom(folder(), bavail * bsize * 2 + 1).assertLeft());
  });
});
