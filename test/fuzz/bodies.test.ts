/** A short run of the fuzzer over bodies; `npm run fuzz` is the long one. */
import assert from "node:assert/strict";
import { createJsonTarget } from "./json-target.js";
import { createProtobufTarget } from "./protobuf-target.js";
import { runCases } from "./run-cases.js";
import { assertNothingFound, suiteSeed } from "./suite-seed.js";

const PROTOBUF_CASES = 10_000;
const JSON_CASES = 3_000;

describe("S86: damaged bodies", () => {
  let seed = 0;
  before(() => {
    seed = suiteSeed();
  });

  it("in protobuf are refused with a reason, or scanned as they decode", () => {
    const report = runCases(createProtobufTarget(seed), { cases: PROTOBUF_CASES, seed });
    assertNothingFound(report);
    assertBothHappened(report.acceptedCount, PROTOBUF_CASES);
  });

  it("in JSON are refused with a reason, or converted to a request", () => {
    const report = runCases(createJsonTarget(seed), { cases: JSON_CASES, seed });
    assertNothingFound(report);
    assertBothHappened(report.acceptedCount, JSON_CASES);
  });
});

/** Cases that are all refused, or all taken, try nothing. */
function assertBothHappened(acceptedCount: number, cases: number): void {
  assert.ok(acceptedCount > cases / 20, `${acceptedCount} of ${cases} were accepted`);
  assert.ok(acceptedCount < (cases * 19) / 20, `${acceptedCount} of ${cases} were accepted`);
}
