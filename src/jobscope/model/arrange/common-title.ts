/** The title of many alike steps: a value that is the same in all stays, one that varies is `?`. */
import type { Step } from "../step-document.js";
import { sqlTitle } from "../titles/sql-title.js";
import { sqlTokens } from "../titles/sql-tokens.js";

/** Quoted texts and what stands between separators are values or names; separators are always the same. */
const PARTS = /'(?:[^']|'')*'|[^\s,()=<>'/?&]+|[\s\S]/g;

export function commonTitle(steps: readonly Step[]): string {
  const [first] = steps;
  if (first === undefined) return "";
  const parts: string[] = first.title.match(PARTS) ?? [];
  for (const { title } of steps) {
    if (title === first.title) continue;
    const others = title.match(PARTS) ?? [];
    if (others.length !== parts.length) return titleWithoutValues(first);
    for (const [at, other] of others.entries()) if (parts[at] !== other) parts[at] = "?";
  }
  return parts.join("");
}

/** Titles are cut to a length, so that two of one statement can differ in more than values. */
function titleWithoutValues({ title, detail }: Step): string {
  if (detail?.type !== "db" || detail.text === null) return title;
  const text = sqlTokens(detail.text)
    .tokens.map((token) => {
      if (token.kind === "identifier") return `"${token.text.replaceAll('"', '""')}"`;
      return token.kind === "word" || token.kind === "operator" ? token.text : "?";
    })
    .join(" ");
  return sqlTitle(text).title;
}
