/** The file store: the contract in several shapes of segments, rolling and sealing, and reading meanwhile. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { WriterOptions } from "../../../src/jobscope/store/file-store-writer.js";
import { collect, describeJobStore } from "./job-store-contract.js";
import { batchOf } from "./store-batches.js";
import { IDS, storeUnderTest } from "./store-under-test.js";

const SHAPES: Readonly<Record<string, Partial<WriterOptions>>> = {
  "the file store": {},
  "the file store with a segment for each commit": { segmentBytesMax: 1 },
  "the file store that syncs every so often": { durability: { kind: "interval", intervalMs: 1 } },
  "the file store that never syncs": { durability: { kind: "none" } },
};

describe("in any shape", () => {
  const store = storeUnderTest();
  for (const [name, options] of Object.entries(SHAPES))
    describeJobStore(name, () => ({
      writer: store.openWriter(options),
      reader: store.openReader(),
    }));
});

describe("the file store over several openings", () => {
  const store = storeUnderTest();
  const { fill, assertHas, logFiles, openWriter, openReader } = store;
  it("goes on where it stopped", async () => {
    await fill(IDS.slice(0, 5));
    await fill(IDS.slice(5, 9));
    await assertHas(IDS.slice(0, 9));
    assert.equal(logFiles(".jlog").length, 1);
  });

  it("seals closed segments: one run in .jidx, no live index left, the same answers", async () => {
    await fill(IDS, { segmentBytesMax: 300 });
    assert.ok(logFiles(".jlog").length > 3);
    assert.equal(logFiles(".jidx").length, logFiles(".jlog").length - 1);
    assert.equal(logFiles(".jlix").length, 1);
    await assertHas(IDS);
  });

  it("rolls by spans and by age as well", async () => {
    await fill(IDS.slice(0, 6), { segmentSpansMax: 2 });
    assert.equal(logFiles(".jlog").length, 3);
    await fill(IDS.slice(6, 9), { segmentAgeMax: 1n });
    await assertHas(IDS.slice(0, 9));
    assert.ok(logFiles(".jlog").length > 4);
  });

  it("is readable by its owner only", async () => {
    await fill(IDS.slice(0, 1));
    assert.equal(statSync(store.path()).mode & 0o077, 0);
    for (const name of ["STORE.json", "LOCK", "log"])
      assert.equal(statSync(join(store.path(), name)).mode & 0o077, 0, name);
    for (const file of [...logFiles(".jlog"), ...logFiles(".jlix")])
      assert.equal(statSync(file).mode & 0o077, 0, file);
  });

  it("can be read while it is written, rolled and sealed", async () => {
    const writer = openWriter({ segmentBytesMax: 500 });
    const reader = openReader();
    let written = 0;
    const writing = (async () => {
      for (; written < 300; written++) await writer.append(batchOf([`job-${written}`]));
    })();
    let looks = 0;
    while (written < 300) {
      const until = written;
      for (const id of [0, Math.floor(until / 2), until - 1].filter(
        (each) => each >= 0 && each < until,
      )) {
        assert.equal((await reader.findRows(`job-${id}`)).length, 1, `job-${id} of ${until}`);
      }
      looks++;
      await new Promise(setImmediate);
    }
    await writing;
    assert.ok(looks > 3);
    assert.deepEqual(
      (await collect(reader.batches())).map(({ lsn }) => lsn),
      [...Array(300).keys()],
    );
    await writer.close();
    await reader.close();
  });
});
