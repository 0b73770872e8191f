/** What the receiver acknowledged comes out of the store as it went in. `npm run fuzz` does this more often. */
import fc from "fast-check";
import { suiteSeed } from "../fuzz/suite-seed.js";
import { temporaryFolder } from "../temporary-folder.js";
import { anyRequest } from "./any-request.js";
import { checkRoundTrip } from "./check-round-trip.js";
import { startStoreServer } from "./store-server.js";

const REQUESTS = 100;

describe("a request's way through receiver and store", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it("S83: keeps protobuf byte for byte and JSON field for field", async () => {
    const server = await startStoreServer(folder());
    try {
      const property = fc.asyncProperty(anyRequest, (request) => checkRoundTrip(server, request));
      await fc.assert(property, { numRuns: REQUESTS, seed: suiteSeed() });
    } finally {
      await server.close();
    }
  });
});
