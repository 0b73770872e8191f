/** Groups of failures, for a terminal: what failed and in which step, whose jobs, from when to when, one to look at. */
import { countText } from "../../model/count-text.js";
import type { FailureGroup, FailuresDocument } from "../../model/failures/failures-document.js";
import { fitted } from "../columns.js";
import { type ListView, shortId } from "../job-list-text.js";
import { displayWidth, padStart } from "../layout.js";
import { asciiSigns, safeText } from "../safe-text.js";
import { laterText, rangeText } from "../time-range.js";
import { wrap } from "../wrap.js";

/** Of a group. */
const CLASSES_SHOWN = 5;
const COUNT_WIDTH = 4;
const GAP = "  ";

/** `stretch`: which time was asked for, in words. */
export function failuresLines(
  document: FailuresDocument,
  stretch: string,
  view: ListView,
): readonly string[] {
  const widest = Math.max(
    COUNT_WIDTH,
    ...document.groups.map(({ jobs }) => countText(jobs).length + GAP.length),
  );
  const groups = document.groups.flatMap((group, at) => [
    ...(at === 0 ? [] : [""]),
    ...groupLines(group, document, widest, view),
  ]);
  const lines = [
    ...groups,
    ...(groups.length === 0 ? [] : [""]),
    ...sumLines(document, stretch, view),
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function groupLines(
  group: FailureGroup,
  { recorded_to: recordedTo }: FailuresDocument,
  countWidth: number,
  view: ListView,
): readonly string[] {
  const { style } = view;
  const indent = " ".repeat(countWidth + GAP.length);
  const room = view.width === undefined ? undefined : view.width - indent.length;
  const fit = (text: string): string => fitted(text, room, view.ascii);
  const name = safeText(failureName(group));
  const where = `${GAP}in ${safeText(group.step?.name ?? "no recorded step")}`;
  const title = fit(name + where);
  const message = safeText(group.error?.message ?? "");
  const none =
    group.then_none && recordedTo !== null
      ? `, then none to ${laterText(group.last_at, recordedTo, view)}`
      : "";
  const times = rangeText(group.first_at, group.last_at, view) + none;
  return [
    padStart(countText(group.jobs), countWidth) +
      GAP +
      style.error(title.slice(0, name.length)) +
      title.slice(name.length),
    ...(message === "" || message === name ? [] : [indent + style.dim(fit(message))]),
    ...wrap(classesText(group), view.width, indent, indent),
    ...lastLines(times, exampleText(group, view), { indent, view }),
  ];
}

/** The example is never cut: it is there to be copied. */
function lastLines(
  times: string,
  example: { readonly before: string; readonly jid: string; readonly after: string },
  { indent, view }: { readonly indent: string; readonly view: ListView },
): readonly string[] {
  const { before, jid, after } = example;
  const needed = displayWidth(indent + times + GAP + GAP + before + jid + after);
  const painted = before + view.style.id(jid) + after;
  return view.width === undefined || needed <= view.width
    ? [`${indent}${view.style.dim(times)}${GAP}${GAP}${painted}`]
    : [
        ...wrap(times, view.width, indent, indent).map(
          (line) => indent + view.style.dim(line.slice(indent.length)),
        ),
        indent + painted,
      ];
}

export function failureName({ error }: Pick<FailureGroup, "error">): string {
  return error?.class ?? "(error not recorded)";
}

function classesText(group: FailureGroup): string {
  const { classes, jobs, attempts, handled } = group;
  const shown = classes
    .slice(0, CLASSES_SHOWN)
    .map((each) => `${safeText(each.class ?? "(class not recorded)")} ${countText(each.jobs)}`);
  const more = classes.length - shown.length;
  const { jobs_after_another_error: after, jobs_completed: completed } = group;
  return [
    [
      ...shown,
      ...(more === 0 ? [] : [`${countText(more)} more ${more === 1 ? "class" : "classes"}`]),
    ].join(", "),
    ...(attempts === jobs ? [] : [`${countText(attempts)} attempts`]),
    ...(after === 0
      ? []
      : [`in ${countText(after)} of ${countText(jobs)} an earlier attempt failed differently`]),
    ...(completed === 0 ? [] : [`${countText(completed)} of ${countText(jobs)} completed later`]),
    ...(handled === 0 ? [] : [`${countText(handled)} handled by ActiveJob`]),
  ].join("; ");
}

function exampleText({ example }: FailureGroup, { ascii, width }: ListView) {
  return {
    before: "example ",
    jid: width === undefined ? safeText(example.jid) : shortId(example.jid, ascii),
    after: example.attempts === 1 ? "" : ` (attempt ${example.attempt})`,
  };
}

function sumLines(
  { jobs, attempts, jobs_not_read: notRead, groups, omitted }: FailuresDocument,
  stretch: string,
  { width }: ListView,
): readonly string[] {
  const count = groups.length + omitted.groups;
  const sum =
    jobs === 0
      ? "no failures"
      : `${countText(attempts)} failed ${attempts === 1 ? "attempt" : "attempts"} of ${jobsText(jobs)}, ${countText(count)} ${count === 1 ? "kind" : "kinds"}`;
  const left =
    omitted.groups === 0
      ? []
      : [
          `not shown: ${countText(omitted.groups)} more ${omitted.groups === 1 ? "kind" : "kinds"}, ${countText(omitted.attempts)} ${omitted.attempts === 1 ? "attempt" : "attempts"} (--limit=0 shows all)`,
        ];
  const unread =
    notRead === 0 ? [] : [`not read: ${jobsText(notRead)} with errors, older than these`];
  return [`${sum} (${stretch})`, ...left, ...unread].flatMap((text) => wrap(text, width, "", "  "));
}

function jobsText(count: number): string {
  return `${countText(count)} ${count === 1 ? "job" : "jobs"}`;
}
