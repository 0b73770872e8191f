/**
 * Log lines → steps of a timeline. A line of no attempt is in the timeline of the attempt that it lies nearest to, marked `~`;
 * one without any time is in none.
 */
import type { Attempt } from "../job-document.js";
import type { Step } from "../step-document.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import type { LogLineDocument } from "./log-line-document.js";
import { isGrave } from "./severity.js";

/** `lines`: of the attempt's job, in time order. `full`: with their attributes. */
export function logSteps(
  lines: readonly LogLineDocument[],
  attempt: Attempt,
  full: boolean,
): readonly Step[] {
  const depths = new Map(attempt.steps.map(({ id, depth }) => [id, depth]));
  return lines.flatMap((line, at) => {
    if (line.nearest_attempt !== attempt.number) return [];
    const above = line.span_id === null ? undefined : depths.get(line.span_id);
    const step = logStep(line, `log.${at + 1}`, above === undefined ? 0 : above + 1);
    return step === undefined ? [] : [full ? { ...step, attributes: line.attributes } : step];
  });
}

function logStep(line: LogLineDocument, id: string, depth: number): Step | undefined {
  const { at, offset_ns: offset, severity, severity_number: number, exception, scope } = line;
  if (at === null || offset === null) return undefined;
  const oneLine = line.text.replace(/\s+/g, " ").trim();
  return {
    id,
    parent_id: line.tied_by === "span" ? line.span_id : null,
    depth,
    lane: 0,
    kind: "log",
    offset_ns: offset,
    duration_ns: null,
    self_ns: null,
    status: number !== null && isGrave(number) ? "error" : "unset",
    title: `${line.attempt === null ? "~ " : ""}${severity ?? "LOG"} ${oneLine}`.trimEnd(),
    result: exception === null ? null : `✗ ${exception.class}`,
    fingerprint: fingerprintOf("log", `${severity ?? ""} ${oneLine.replace(/\d+/g, "?")}`),
    detail: {
      type: "log",
      severity,
      severity_number: number,
      body: line.text,
      at,
      of_attempt: line.attempt !== null,
      tied_by: line.tied_by,
    },
    library: scope,
    notes: [],
    attributes: null,
  };
}

/** Both are in order of time; at the same time a step comes before what was written in it. */
export function interleave(steps: readonly Step[], logs: readonly Step[]): readonly Step[] {
  if (logs.length === 0) return steps;
  const all: Step[] = [];
  let next = 0;
  for (const step of steps) {
    for (
      let log = logs[next];
      log !== undefined && log.offset_ns < step.offset_ns;
      log = logs[next]
    ) {
      all.push(log);
      next++;
    }
    all.push(step);
  }
  return all.concat(logs.slice(next));
}
