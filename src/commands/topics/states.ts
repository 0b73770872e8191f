/** `jobtrace help states`. */
import { JOB_STATES, type Job, type JobState } from "../../jobscope/model/job-document.js";
import { DEFAULT_RULES } from "../../jobscope/model/surroundings.js";
import { durationText } from "../duration.js";

const STATES: Readonly<Record<JobState, string>> = {
  queued: "its push was recorded and no attempt yet, or its last attempt was put back",
  running:
    "spans of an attempt came, its own has not yet, and nothing says that its worker is gone",
  completed: "its last attempt ended without an error that reached the job system",
  failed: "its last attempt ended with an error; it may be tried again",
  orphaned: "an attempt began and will not end: the evidence is printed",
};

type Detail = NonNullable<Job["state_detail"]>;

const DETAILS: Readonly<Record<Detail, readonly [JobState, string]>> = {
  scheduled: ["queued", "pushed for a later time, or put back for one"],
  interrupted_by_shutdown: ["queued", "stopped by a deploy and put back: no failure"],
  retrying: ["failed", "attempts are left (completed, where retry_on pushed a new jid)"],
  dead: ["failed", "its limit of attempts is recorded, and all are made"],
  discarded: ["completed", "ActiveJob's discard_on, or its last try"],
  worker_gone: ["orphaned", "another process or job took its place, or the jid ran again"],
  silent: [
    "orphaned",
    `nothing of it for ${durationText(DEFAULT_RULES.orphanAfter)} (orphan_after), but of others`,
  ],
};

export function statesTopic(): string {
  const states = JOB_STATES.map((state) => `  ${state.padEnd(11)}${STATES[state]}`);
  const details = Object.entries(DETAILS).map(
    ([detail, [state, text]]) => `  ${detail.padEnd(25)}${state.padEnd(11)}${text}`,
  );
  return `Five states, of the last attempt that was recorded:

${states.join("\n")}

With --json, state_detail says more where spans tell it, and state_evidence which spans:

${details.join("\n")}

Spans are sent when they end. A worker that is killed never sends its job's span; without the
initializer of jobtrace help ruby what it did names no job, and is shown as a run that may be this
one. How long ago something was is measured by what was received since, not by a clock.`;
}
