/** The seed of the suite's short fuzz runs: another each time and printed, or the one in JOBTRACE_FUZZ_SEED. */
import assert from "node:assert/strict";
import type { FuzzReport } from "./case-target.js";
import { reportFinding } from "./failure-file.js";

export function suiteSeed(): number {
  const given = process.env["JOBTRACE_FUZZ_SEED"];
  const seed = given === undefined ? Date.now() % 1_000_000 : Number(given);
  if (!Number.isSafeInteger(seed))
    throw new Error(`JOBTRACE_FUZZ_SEED=${given} is not a whole number`);
  console.log(`        JOBTRACE_FUZZ_SEED=${seed}`);
  return seed;
}

export function assertNothingFound({ findings }: FuzzReport): void {
  assert.equal(findings.length, 0, findings.map(reportFinding).join("\n"));
}
