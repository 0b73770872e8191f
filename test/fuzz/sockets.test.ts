/** A short run of the fuzzer over sockets; `npm run fuzz` is the long one. */
import { createGrpcTarget } from "./grpc-target.js";
import { createHttpTarget } from "./http-target.js";
import { runSocketCases } from "./run-socket-cases.js";
import { assertNothingFound, suiteSeed } from "./suite-seed.js";

const CASES = 250;

describe("S86: connections that say odd things", function () {
  this.timeout(120_000);
  let seed = 0;
  before(() => {
    seed = suiteSeed();
  });

  it("over HTTP are answered as they deserve, and what is acknowledged is kept", async () => {
    assertNothingFound(await runSocketCases(createHttpTarget(seed), { cases: CASES, seed }));
  });

  it("over gRPC likewise", async () => {
    assertNothingFound(await runSocketCases(createGrpcTarget(seed), { cases: CASES, seed }));
  });
});
