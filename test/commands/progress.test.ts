/** The line that is written over while something takes long. */
import assert from "node:assert/strict";
import { createProgress } from "../../src/commands/progress.js";
import { unixNano } from "../../src/jobscope/model/time.js";

describe("createProgress()", () => {
  const MS = 1_000_000n;
  let time = 0n;
  let written: string[] = [];
  const now = () => unixNano(time);
  const rewrite = (line: string) => void written.push(line);
  beforeEach(() => {
    time = 5n;
    written = [];
  });

  it("is silent for two seconds, then writes five times a second", () => {
    const progress = createProgress({ rewrite, now });
    for (let ms = 0; ms < 3000; ms += 50) {
      time = 5n + BigInt(ms) * MS;
      progress.show(String(ms));
    }
    assert.deepEqual(written, ["2000", "2200", "2400", "2600", "2800"]);
  });

  it("wipes its line, and nothing where it wrote none", () => {
    const progress = createProgress({ rewrite, now });
    progress.clear();
    assert.deepEqual(written, []);
    time += 2000n * MS;
    progress.show("half");
    progress.clear();
    progress.clear();
    assert.deepEqual(written, ["half", ""]);
  });

  it("writes nothing where stderr is no terminal", () => {
    const progress = createProgress({ rewrite: undefined, now });
    time += 9000n * MS;
    progress.show("half");
    progress.clear();
    assert.deepEqual(written, []);
  });
});
