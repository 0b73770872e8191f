/** Renders conditions and assignments: quotes off, table names off, lists counted, long strings cut. */
import { wordAt } from "./sql-statement.js";
import type { SqlToken } from "./sql-tokens.js";

const STRING_LENGTH_MAX = 24;

/** Splits at the top level of these tokens, at a comma or at AND; `BETWEEN a AND b` stays together. */
export function splitTerms(
  tokens: readonly SqlToken[],
  separator: "," | "AND",
): readonly (readonly SqlToken[])[] {
  const terms: SqlToken[][] = [[]];
  let depth = 0;
  let between = false;
  for (const [at, token] of tokens.entries()) {
    if (token.kind === "operator" && token.text === "(") depth++;
    if (token.kind === "operator" && token.text === ")") depth--;
    const word = wordAt(tokens, at);
    if (word === "BETWEEN") between = true;
    const isSeparator = depth === 0 && (separator === "," ? token.text === "," : word === "AND");
    if (isSeparator && !(separator === "AND" && between)) terms.push([]);
    else terms.at(-1)?.push(token);
    if (isSeparator && between) between = false;
  }
  return terms.filter((term) => term.length > 0);
}

/**
 * `lengthMax`: room in characters. Terms that do not fit are dropped whole, from the right, and counted: `+2 terms`; the
 * first always stays.
 */
export function renderTerms(
  terms: readonly (readonly SqlToken[])[],
  separator: string,
  dropsTable: boolean,
  lengthMax: number,
): string {
  const texts = terms.map((term) => renderTerm(term, dropsTable));
  for (let shown = texts.length; shown > 0; shown--) {
    const dropped = texts.length - shown;
    const more = dropped === 0 ? "" : ` +${dropped} ${dropped === 1 ? "term" : "terms"}`;
    const text = texts.slice(0, shown).join(separator) + more;
    if (text.length <= lengthMax || shown === 1) return text;
  }
  return "";
}

function renderTerm(term: readonly SqlToken[], dropsTable: boolean): string {
  const tokens = withoutCasts(stripParentheses(term));
  let text = "";
  for (let at = 0; at < tokens.length; at++) {
    const list = listAt(tokens, at);
    if (list !== undefined) {
      text += `${space(text, "(")}${list.text}`;
      at = list.end;
      continue;
    }
    if (dropsTable && tokens[at + 1]?.text === "." && tokens[at + 2] !== undefined) {
      at += 1;
      continue;
    }
    const token = tokens[at];
    if (token !== undefined) text += `${space(text, token.text)}${tokenText(token)}`;
  }
  return text;
}

/** `(a = 1)` is `a = 1`. */
function stripParentheses(term: readonly SqlToken[]): readonly SqlToken[] {
  if (term[0]?.text !== "(" || term.at(-1)?.text !== ")") return term;
  let depth = 0;
  for (const [at, { text }] of term.entries()) {
    if (text === "(") depth++;
    if (text === ")") depth--;
    if (depth === 0 && at < term.length - 1) return term;
  }
  return term.slice(1, -1);
}

/** `$1::uuid` is `$1`. */
function withoutCasts(tokens: readonly SqlToken[]): readonly SqlToken[] {
  return tokens.filter(({ text }, at) => text !== "::" && tokens[at - 1]?.text !== "::");
}

/** `IN (?, ?, ?)` → `(3 values)`. */
function listAt(
  tokens: readonly SqlToken[],
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  if (tokens[at]?.text !== "(" || wordAt(tokens, at - 1) !== "IN") return undefined;
  const close = tokens.findIndex(({ text }, index) => index > at && text === ")");
  const end = close === -1 ? tokens.length : close;
  const items = tokens.slice(at + 1, end);
  if (items.some(({ kind }) => kind === "word" || kind === "identifier")) return undefined;
  const count = items.filter(({ kind }) => kind !== "operator").length;
  // A text that was cut inside the list holds at least this many.
  return {
    text: `(${count}${close === -1 ? "+" : ""} ${count === 1 && close !== -1 ? "value" : "values"})`,
    end,
  };
}

function tokenText({ kind, text }: SqlToken): string {
  if (kind !== "string") return text;
  const short = text.length > STRING_LENGTH_MAX ? `${text.slice(0, STRING_LENGTH_MAX - 1)}…` : text;
  return `'${short}'`;
}

/** What stands between two tokens: nothing around `=`, dots, brackets and before commas. */
function space(before: string, next: string): string {
  if (before === "" || /[=(.]$/.test(before) || /^[=).,;]/.test(next)) return "";
  // A function's bracket follows its name; a condition's does not.
  return next === "(" && /\w$/.test(before) && !/\b(?:AND|OR|NOT|IN|ANY|VALUES)$/i.test(before)
    ? ""
    : " ";
}
