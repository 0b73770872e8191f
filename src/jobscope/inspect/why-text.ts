/** The incident checklist for a terminal, and as Markdown for the incident channel. */
import type { WhyDocument } from "../model/why/why-document.js";
import { padEnd } from "./layout.js";
import { asciiSigns, safeText } from "./safe-text.js";
import type { View } from "./view.js";
import { type Answer, whyAnswers } from "./why-answers.js";
import { wrap } from "./wrap.js";

/** Of the labels. Columns. */
const LABEL = 20;

export type WhyView = Pick<View, "width" | "ascii" | "style" | "zone">;

export function whyLines(document: WhyDocument, view: WhyView): readonly string[] {
  const { job } = document;
  const { style } = view;
  const name = safeText(job.class ?? "(class not recorded)");
  const lines = [
    `${style.strong(name)} ${style.id(safeText(job.jid))}   ${stateText(document)}`,
    "",
    ...whyAnswers(document, view.zone).flatMap((answer) => answerLines(answer, document, view)),
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

export function whyMarkdown(document: WhyDocument, { ascii, zone }: WhyView): readonly string[] {
  const { job } = document;
  const name = markdown(safeText(job.class ?? "(class not recorded)"));
  const lines = [
    `**${name}** \`${safeText(job.jid).replaceAll("`", "'")}\`: ${stateText(document)}`,
    "",
    ...whyAnswers(document, zone).map(({ label, text }) => `- **${label}:** ${markdown(text)}`),
  ];
  return ascii ? lines.map(asciiSigns) : lines;
}

function stateText({ job: { state, attempts } }: WhyDocument): string {
  return `${state}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}

function answerLines(
  { label, text }: Answer,
  document: WhyDocument,
  view: WhyView,
): readonly string[] {
  const indent = " ".repeat(LABEL);
  const errors = [document.first_error, document.error_changed?.to].map(
    (error) => error && safeText(error.class),
  );
  return wrap(text, view.width, indent, indent).map((line, at) => {
    const start = at === 0 ? view.style.dim(padEnd(label, LABEL)) : indent;
    return start + painted(line.slice(LABEL), errors, view);
  });
}

function painted(
  text: string,
  errors: readonly (string | null | undefined)[],
  { style }: WhyView,
): string {
  let line = text.replace(/^yes,|no response recorded/g, (found) => style.doubt(found));
  for (const error of new Set(errors))
    if (error) line = line.replace(error, () => style.error(error));
  return line;
}

/** What Markdown would take for its own. */
function markdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~#]/g, (sign) => `\\${sign}`);
}
