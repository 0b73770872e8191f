/** What `doctor` found, for a terminal. */
import { countText } from "../model/count-text.js";
import type { Check } from "../model/doctor/check.js";
import type { DoctorDocument } from "../model/doctor/doctor-document.js";
import { asciiSigns, safeText } from "./safe-text.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

export type DoctorView = Pick<View, "width" | "ascii" | "style">;

const INDENT = " ".repeat(7);
const CHANGE_INDENT = " ".repeat(9);

/** `stretch`: "last 10 minutes". */
export function doctorLines(
  { collector, received, problems, broken }: DoctorDocument,
  stretch: string,
  view: DoctorView,
): readonly string[] {
  const lines = [
    ...(collector.length === 0 ? [] : [view.style.strong("Collector")]),
    ...collector.flatMap((check) => checkLines(check, view)),
    view.style.strong(
      `Received, ${stretch}${received.complete ? "" : `: the newest ${countText(received.spans)} spans`}`,
    ),
    ...received.checks.flatMap((check) => checkLines(check, view)),
    "",
    verdict(problems + broken, broken),
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function verdict(count: number, broken: number): string {
  if (count === 0) return "Nothing to change.";
  const things = `${countText(count)} ${count === 1 ? "thing" : "things"} to change.`;
  return `${things} ${broken === 0 ? "Nothing" : countText(broken)} ${broken > 1 ? "are" : "is"} broken.`;
}

function checkLines({ status, text, details, change }: Check, view: DoctorView): readonly string[] {
  const { style, width } = view;
  const sign = SIGNS[status];
  const paint = status === "ok" ? style.dim : status === "broken" ? style.error : style.doubt;
  const [first = "", ...rest] = wrap(safeText(text), width, INDENT, INDENT);
  return [
    `  ${paint(sign)}${first.slice(2 + sign.length)}`,
    ...rest,
    ...details.flatMap((detail) => wrap(safeText(detail), width, CHANGE_INDENT, CHANGE_INDENT)),
    ...(change === null ? [] : changeLines(change.verb, change.lines, view)),
  ];
}

const SIGNS = { ok: "ok", problem: "!", broken: "✗" } as const;

/** Not broken at spaces: it is there to be copied. */
function changeLines(
  verb: string,
  lines: readonly string[],
  { style }: DoctorView,
): readonly string[] {
  const start = `${CHANGE_INDENT}${verb.padEnd(3)}  `;
  return lines.map((line, at) => {
    const indent = at === 0 ? start : " ".repeat(start.length);
    return indent + style.id(safeText(line));
  });
}
