/** Planning and deleting by hand: how far it got, what it would lose, and stopping it. */
import assert from "node:assert/strict";
import { createPruner } from "../../../src/jobscope/store/pruner.js";
import { temporaryFolder } from "../../temporary-folder.js";
import {
  appendJobs,
  dayOf,
  days,
  fillSmallStore,
  jobsIn,
  openSmallStore,
  range,
} from "./small-store.js";

const ALL = Number.POSITIVE_INFINITY;
const NO_LIMITS = { ageMax: undefined, bytesMax: undefined };
const now = (): ReturnType<typeof dayOf> => dayOf(1000);

describe("createPruner()", () => {
  const folder = temporaryFolder();

  it("E17 tells before what it tells after: what somebody still needed", async () => {
    const writer = openSmallStore(folder(), { segmentSpansMax: 4, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 12);
    await writer.close();
    let neededFrom = 2;
    const needs = [{ name: "jaeger", neededFrom: () => neededFrom }];
    const pruner = createPruner(folder(), { limits: { ...NO_LIMITS, bytesMax: 1 }, now, needs });
    const drops = await pruner.plan(ALL, ALL);
    const lost = await pruner.lostWith(drops);
    assert.deepEqual(lost, [{ name: "jaeger", spanCount: 6 }]);
    assert.deepEqual(await jobsIn(folder()), range(0, 12));
    assert.deepEqual((await pruner.drop(drops.slice(0, 1))).lost, [
      { name: "jaeger", spanCount: 2 },
    ]);
    // It caught up meanwhile.
    neededFrom = 8;
    assert.deepEqual((await pruner.drop(drops.slice(1))).lost, []);
  });

  it("E17 keeps for its age nothing that somebody needs, and what comes after it neither goes", async () => {
    await fillSmallStore(folder(), 6);
    const needs = [{ name: "jaeger", neededFrom: () => 2 }];
    const pruner = createPruner(folder(), {
      limits: { ...NO_LIMITS, ageMax: days(1) },
      now,
      needs,
    });
    const drops = await pruner.plan(ALL, ALL);
    assert.deepEqual(
      drops.map(({ segment }) => segment.firstLsn),
      [0, 1],
    );
  });

  it("tells how far it looked, and plans no more once it is told to stop", async () => {
    await fillSmallStore(folder(), 6);
    const stop = new AbortController();
    const looks: string[] = [];
    const pruner = createPruner(folder(), {
      limits: { ...NO_LIMITS, ageMax: days(1) },
      now,
      signal: stop.signal,
      onLooked(looked, total) {
        looks.push(`${looked} of ${total}`);
        if (looked === 3) stop.abort();
      },
    });
    assert.equal((await pruner.plan(ALL, ALL)).length, 3);
    assert.deepEqual(looks, ["1 of 6", "2 of 6", "3 of 6"]);
    assert.deepEqual(await pruner.plan(ALL, ALL), []);
  });
});
