/** How many jobs are in the live runs of a segment, without bringing them into the order that a sealed run would say it from. */
import type { JobRole } from "../model/job-row.js";
import { ROLES, ROW, ROW_BYTES, type RunBytes, sectionsOf } from "./run-layout.js";

/** Rows of these lead to a job and are none of it, as in sealed-jobs.ts. */
const NOT_JOBS: readonly JobRole[] = ["alias", "active_job_enqueue"];

export function countLiveJobs(runs: readonly RunBytes[]): number {
  const isJob = ROLES.map((role) => !NOT_JOBS.includes(role));
  const ids = new Set<string>();
  for (const { header, bytes } of runs) {
    const { rows, traces, texts } = sectionsOf(header);
    for (let at = rows; at < traces; at += ROW_BYTES) {
      if (isJob[bytes.readUInt8(at + ROW.role)] !== true) continue;
      const text = texts + bytes.readUInt32LE(at + ROW.text);
      ids.add(bytes.toString("latin1", text, text + bytes.readUInt8(at + ROW.idLength)));
    }
  }
  return ids.size;
}
