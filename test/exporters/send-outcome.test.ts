import assert from "node:assert/strict";
import { backoffMs } from "../../src/exporters/backoff.js";
import { GRPC_CODES, grpcOutcome, httpOutcome } from "../../src/exporters/send-outcome.js";

describe("what a peer's answer means", () => {
  const MEANINGS: Readonly<Record<string, string>> = {
    CANCELLED: "retry",
    UNKNOWN: "refused",
    INVALID_ARGUMENT: "refused",
    DEADLINE_EXCEEDED: "retry",
    NOT_FOUND: "blocked",
    ALREADY_EXISTS: "refused",
    PERMISSION_DENIED: "blocked",
    RESOURCE_EXHAUSTED: "too_large",
    FAILED_PRECONDITION: "blocked",
    ABORTED: "retry",
    OUT_OF_RANGE: "retry",
    UNIMPLEMENTED: "blocked",
    INTERNAL: "refused",
    UNAVAILABLE: "retry",
    DATA_LOSS: "retry",
    UNAUTHENTICATED: "blocked",
  };

  for (const [code, name] of GRPC_CODES.entries()) {
    if (name === "OK") continue;
    it(`E6 E8 gRPC ${name}: ${MEANINGS[name]}`, () => {
      assert.equal(grpcOutcome(code, "why", undefined).kind, MEANINGS[name]);
      assert.equal(grpcOutcome(code, "why", undefined).reason, `${name}: why`);
    });
  }

  it("E6 gRPC RESOURCE_EXHAUSTED with a RetryInfo: not now", () => {
    assert.deepEqual(grpcOutcome(8, "", 5000), {
      kind: "retry",
      reason: "RESOURCE_EXHAUSTED",
      afterMs: 5000,
    });
  });

  it("E10 believes a peer's delay up to ten minutes", () => {
    assert.equal(retryAfter(grpcOutcome(14, "", 3_600_000)), 600_000);
    assert.equal(retryAfter(httpOutcome(503, "", "7200", 0)), 600_000);
    assert.equal(retryAfter(httpOutcome(429, "", "7", 0)), 7000);
    const date = new Date(60_000).toUTCString();
    assert.equal(retryAfter(httpOutcome(503, "", date, 20_000)), 40_000);
    assert.equal(retryAfter(httpOutcome(503, "", "soon", 0)), 0);
  });

  for (const [status, kind] of [
    [429, "retry"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
    [400, "refused"],
    [500, "refused"],
    [422, "refused"],
    [413, "too_large"],
    [401, "blocked"],
    [403, "blocked"],
    [404, "blocked"],
    [405, "blocked"],
    [302, "blocked"],
  ] as const) {
    it(`E6 E8 HTTP ${status}: ${kind}`, () => {
      assert.equal(httpOutcome(status, "why", undefined, 0).kind, kind);
    });
  }
});

describe("backoffMs()", () => {
  it("E11 begins at a second, grows by half to thirty, and is half as long or half as long again", () => {
    assert.deepEqual([backoffMs(1, 0), backoffMs(1, 0.5), backoffMs(1, 1)], [500, 1000, 1500]);
    assert.equal(backoffMs(2, 0.5), 1500);
    assert.equal(backoffMs(1000, 0.5), 30_000);
    assert.equal(backoffMs(1000, 1), 45_000);
  });
});

function retryAfter(outcome: ReturnType<typeof grpcOutcome>): number {
  assert.ok(outcome.kind === "retry");
  return outcome.afterMs;
}
