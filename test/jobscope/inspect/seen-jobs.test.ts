import assert from "node:assert/strict";
import { createSeenJobs } from "../../../src/jobscope/inspect/seen-jobs.js";
import { unixNano } from "../../../src/jobscope/model/time.js";

describe("the jobs of a list that came already", () => {
  const at = (time: number) => unixNano(BigInt(time));

  it("are known, also those that come again long after", () => {
    const seen = createSeenJobs(10);
    assert.equal(seen.has("long", at(1000)), false);
    seen.add("long", at(1));
    for (let time = 999; time > 500; time--) {
      assert.equal(seen.has(`job ${time}`, at(time)), false);
      seen.add(`job ${time}`, at(time));
    }
    assert.equal(seen.has("long", at(2)), true);
  });

  it("are not told again when an index turns out to be damaged and the list is begun anew", () => {
    const seen = createSeenJobs(10);
    for (let time = 1000; time > 900; time--) {
      seen.has(`job ${time}`, at(time));
      seen.add(`job ${time}`, at(time));
    }
    for (let time = 1000; time > 900; time--) assert.equal(seen.has(`job ${time}`, at(time)), true);
    assert.equal(seen.has("job 900", at(900)), false);
  });
});
