/** The round trip as a target of the fuzzer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { FuzzOptions, FuzzReport } from "../fuzz/case-target.js";
import { anyRequest, type AnyRequest } from "./any-request.js";
import { checkRoundTrip } from "./check-round-trip.js";
import { startStoreServer } from "./store-server.js";

const NAME = "round-trip";

/** `only` is not used: fast-check repeats a whole run and makes what fails small. */
export async function runRoundTrips({ cases, seed, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-round-trip-"));
  const started = performance.now();
  const server = await startStoreServer(folder);
  let done = 0;
  try {
    const check = async (request: AnyRequest): Promise<void> => {
      await checkRoundTrip(server, request);
      onProgress?.(++done);
    };
    const details = await fc.check(fc.asyncProperty(anyRequest, check), { numRuns: cases, seed });
    const [counterexample] = details.counterexample ?? [];
    const finding = {
      target: NAME,
      seed,
      caseNumber: undefined,
      message: (await fc.asyncDefaultReportMessage(details)) ?? "",
      ...(counterexample === undefined ? {} : { bytes: counterexample.odd }),
    };
    return {
      target: NAME,
      caseCount: details.numRuns,
      acceptedCount: done,
      seconds: (performance.now() - started) / 1000,
      findings: details.failed ? [finding] : [],
      notes: [`${(await server.reader.info()).batchCount} records kept`],
    };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
