/** The words of a job's line: its state, and what else is to be known of it. */
import { countText } from "../model/count-text.js";
import type { JobLine } from "./job-line.js";
import { safeText } from "./safe-text.js";

/** A start and a push are told while the job's state may be anything. */
export function stateWord({ state, news }: JobLine): string {
  if (news === "started" || news === "enqueued") return news;
  if (state === "failed") return "failed ✗";
  return state === "orphaned" ? "orphaned !" : state;
}

export function noteOf(line: JobLine): string {
  return [...stateNotes(line), ...doubts(line)].join(", ");
}

function stateNotes(line: JobLine): readonly string[] {
  if (line.news === "started" || line.news === "enqueued") return [];
  switch (line.state) {
    case "failed":
      return [
        ...(line.error_changed ? ["error changed"] : []),
        ...(line.error === null ? [] : [safeText(line.error.class)]),
      ];
    case "orphaned":
      return ["no end recorded"];
    case "queued":
      return line.state_detail === "interrupted_by_shutdown"
        ? ["put back by a shutdown"]
        : line.state_detail === "scheduled"
          ? ["to run later"]
          : [];
    case "running":
      return [];
    case "completed":
      return line.attempts > 1 ? [`attempt ${line.attempts}`] : [];
  }
}

function doubts({ missing_parents: missing, wait_reason: reason }: JobLine): readonly string[] {
  return [
    ...(reason === "clocks_disagree" ? ["clocks disagree"] : []),
    ...(missing === 0
      ? []
      : [`${countText(missing)} parent ${missing === 1 ? "span" : "spans"} missing`]),
  ];
}
