/**
 * A sender is answered in time, also when the disk stalls: exporters over HTTP give up after ten seconds, and the Ruby one
 * over gRPC waits for ever and sends nothing else meanwhile.
 */
import type { ExportOutcome } from "./ingest.js";

/** Far more than a disk under load takes for a commit; with the two seconds for room, less than any exporter waits. */
export const DURABLE_WAIT_MS = 7_000;

const STALLED =
  "the disk has not confirmed the write in time: send it again; what is stored twice is shown once";

/** What became of the append, or that it is not known yet. */
export function answerInTime(
  appended: Promise<ExportOutcome>,
  waitMs = DURABLE_WAIT_MS,
): Promise<ExportOutcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ kind: "unavailable", reason: STALLED, heldUntil: appended });
    }, waitMs);
    void appended.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}
