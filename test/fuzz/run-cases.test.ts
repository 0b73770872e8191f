/** The fuzzer finds what it is there to find: a wrong judgement, a hang, memory that is kept. */
import assert from "node:assert/strict";
import type { CaseTarget } from "./case-target.js";
import { runCases } from "./run-cases.js";

const SEED = 86;

/** Sound, but for what is given. */
function targetWith(check: (bytes: Uint8Array, caseNumber: number) => boolean): CaseTarget {
  return { name: "control", make: (caseNumber) => Uint8Array.of(caseNumber & 0xff), check };
}

describe("M11 the fuzzer", function () {
  this.timeout(60_000);

  it("finds nothing in a sound target", () => {
    const { findings, acceptedCount } = runCases(
      targetWith(() => true),
      { cases: 3000, seed: SEED },
    );
    assert.deepEqual([findings, acceptedCount], [[], 3000]);
  });

  it("names the case that is judged wrongly, with its bytes", () => {
    const target = targetWith((_, caseNumber) => {
      if (caseNumber === 7) throw new Error("taken, and cannot be shown");
      return false;
    });
    const [finding, ...more] = runCases(target, { cases: 20, seed: SEED }).findings;
    assert.ok(finding !== undefined && more.length === 0);
    assert.deepEqual([finding.caseNumber, finding.bytes], [7, Uint8Array.of(7)]);
    assert.match(finding.message, /taken, and cannot be shown/);
  });

  it("names the case that takes too long", () => {
    const target = targetWith((_, caseNumber) => {
      const until = process.cpuUsage().user + 400_000;
      while (caseNumber === 3 && process.cpuUsage().user < until);
      return false;
    });
    const [finding] = runCases(target, { cases: 5, seed: SEED }).findings;
    assert.equal(finding?.caseNumber, 3);
    assert.match(finding.message, /^took \d+ ms for 1 bytes$/);
  });

  it("notices a target that keeps memory", () => {
    const kept: number[][] = [];
    const target = targetWith((_, caseNumber) => {
      if (caseNumber > 2000) kept.push(Array.from({ length: 10_000 }, (_item, at) => at + 0.5));
      return false;
    });
    const { findings } = runCases(target, { cases: 3000, seed: SEED });
    assert.match(findings[0]?.message ?? "", /^the heap grew by \d+ bytes/);
    assert.ok(kept.length > 0);
  });
});
