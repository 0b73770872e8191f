/** Following a store that another process writes to. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { logEnd } from "../../../src/jobscope/store/log-tail.js";
import { openStoreFolder } from "../../../src/jobscope/store/store-folder.js";
import { type StoreState, watchStore } from "../../../src/jobscope/store/watch-store.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { appendJobs, fillSmallStore, openSmallStore } from "./small-store.js";

const INTERVAL = 5;

describe("watching a store", () => {
  const folder = temporaryFolder();
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  /** Waits for states until one is as wanted. */
  function follow(): (wanted: (state: StoreState) => boolean) => Promise<StoreState> {
    const states = watchStore(folder(), { signal: stop.signal, intervalMs: INTERVAL })[
      Symbol.asyncIterator
    ]();
    return async (wanted) => {
      for (;;) {
        const { done, value } = await states.next();
        assert.ok(done !== true, "it ended");
        if (wanted(value)) return value;
      }
    };
  }

  it("tells the state at once, then each change: records, new segments, a writer that comes and goes", async () => {
    await fillSmallStore(folder(), 2);
    const until = follow();
    const first = await until(() => true);
    assert.deepEqual(first, { end: logEnd(openStoreFolder(folder())), isWritten: false });

    const writer = openSmallStore(folder());
    await until(({ isWritten }) => isWritten);
    for (let job = 2; job < 6; job++) {
      await appendJobs(writer, job, 1);
      const end = logEnd(openStoreFolder(folder()));
      await until((state) => state.end.segment === end.segment && state.end.size === end.size);
    }
    await writer.close();
    await until(({ isWritten }) => !isWritten);
  });

  it("says nothing while nothing changes", async () => {
    await fillSmallStore(folder(), 2);
    const seen: StoreState[] = [];
    setTimeout(() => stop.abort(), INTERVAL * 20);
    for await (const state of watchStore(folder(), { signal: stop.signal, intervalMs: INTERVAL }))
      seen.push(state);
    assert.equal(seen.length, 1);
  });

  it("ends at once and without an error when it is told to, also while it waits", async () => {
    await fillSmallStore(folder(), 1);
    const states = watchStore(folder(), { signal: stop.signal, intervalMs: 1_000_000 })[
      Symbol.asyncIterator
    ]();
    assert.equal((await states.next()).done, false);
    const waiting = states.next();
    stop.abort();
    assert.equal((await waiting).done, true);
  });

  it("sees that a writer was killed", async () => {
    await fillSmallStore(folder(), 1);
    const script = fileURLToPath(new URL("./hold-store.js", import.meta.url));
    const child = spawn(process.execPath, [script, folder()], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const until = follow();
    await until(({ isWritten }) => isWritten);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(({ isWritten }) => !isWritten);
  });

  it("says that the store is gone", async () => {
    await fillSmallStore(folder(), 1);
    const until = follow();
    await until(() => true);
    rmSync(folder(), { recursive: true });
    await assert.rejects(
      until(() => true),
      { code: "ENOENT" },
    );
  });
});
