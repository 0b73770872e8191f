/** Renders conditions and assignments: quotes off, table names off, lists counted, long strings cut. */

import { type SqlToken, wordAt } from "./sql-tokens.js";

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
  // One term more than there is room for decides; the rest is only counted.
  const texts: string[] = [];
  let length = 0;
  for (const term of terms) {
    if (length > lengthMax) break;
    texts.push(renderTerm(term, dropsTable, terms.length === 1));
    length += (texts.at(-1)?.length ?? 0) + separator.length;
  }
  for (let shown = texts.length; shown > 0; shown--) {
    const dropped = terms.length - shown;
    const more = dropped === 0 ? "" : ` +${dropped} ${dropped === 1 ? "term" : "terms"}`;
    const text = texts.slice(0, shown).join(separator) + more;
    if (text.length <= lengthMax || shown === 1) return text;
  }
  return "";
}

/** `alone`: nothing stands beside it, so that it needs no parentheses of its own. */
function renderTerm(term: readonly SqlToken[], dropsTable: boolean, alone: boolean): string {
  const tokens = withoutCasts(alone || !hasOr(term) ? stripParentheses(term) : term);
  let text = "";
  let before: SqlToken | undefined;
  let isUnary = false;
  for (let at = 0; at < tokens.length; at++) {
    const list = listAt(tokens, at);
    if (list !== undefined) {
      text += `${text === "" ? "" : " "}${list.text}`;
      at = list.end;
      before = tokens[at];
      continue;
    }
    if (dropsTable && tokens[at + 1]?.text === "." && tokens[at + 2] !== undefined) {
      at += 1;
      continue;
    }
    const token = tokens[at];
    if (token === undefined) continue;
    text += `${isUnary ? "" : space(before, token)}${tokenText(token)}`;
    isUnary = token.text === "-" && isBeforeValue(before);
    before = token;
  }
  return text;
}

function hasOr(term: readonly SqlToken[]): boolean {
  return term.some((_, at) => wordAt(term, at) === "OR");
}

/** A minus after this is a sign: `x = -3`, `BETWEEN -1 AND 1`. */
function isBeforeValue(token: SqlToken | undefined): boolean {
  if (token === undefined) return true;
  if (token.kind === "operator") return token.text !== ")" && token.text !== "]";
  return token.kind === "word" && KEYWORDS.test(token.text);
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

/** Words that a name of a type can end in: `timestamp without time zone`. */
const TYPE_WORDS = new Set(["VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"]);

/** `$1::uuid` is `$1`, and so is `$1::numeric(10, 2)[]`. */
function withoutCasts(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const kept: SqlToken[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    at++;
    if (token?.text !== "::" || token.kind !== "operator") {
      if (token !== undefined) kept.push(token);
      continue;
    }
    at += tokens[at + 1]?.text === "." ? 3 : 1;
    while (TYPE_WORDS.has(wordAt(tokens, at))) at++;
    if (tokens[at]?.text === "(") at = closeOf(tokens, at) + 1;
    while (tokens[at]?.text === "[" && tokens[at + 1]?.text === "]") at += 2;
  }
  return kept;
}

/** Index of the bracket that closes the one at `open`; of the end where the text was cut. */
function closeOf(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind !== "operator") continue;
    if (token.text === "(") depth++;
    if (token.text === ")" && --depth === 0) return at;
  }
  return tokens.length;
}

/** `IN (?, ?, ?)` → `(3 values)`. */
function listAt(
  tokens: readonly SqlToken[],
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  if (tokens[at]?.text !== "(" || wordAt(tokens, at - 1) !== "IN") return undefined;
  const end = closeOf(tokens, at);
  const items = tokens.slice(at + 1, end);
  if (items.some(({ kind }) => kind === "word" || kind === "identifier")) return undefined;
  const count = splitTerms(items, ",").length;
  // A text that was cut inside the list holds at least this many.
  const isCut = end === tokens.length;
  return {
    text: `(${count}${isCut ? "+" : ""} ${count === 1 && !isCut ? "value" : "values"})`,
    end,
  };
}

function tokenText({ kind, text }: SqlToken): string {
  if (kind !== "string") return text;
  const short = text.length > STRING_LENGTH_MAX ? `${text.slice(0, STRING_LENGTH_MAX - 1)}…` : text;
  return `'${short}'`;
}

/** After these a bracket or a sign begins a value; after another word it is a function's. */
const KEYWORDS =
  /^(?:AND|OR|NOT|IN|ANY|VALUES|BETWEEN|LIKE|ILIKE|THEN|ELSE|WHEN|CASE|SELECT|WHERE|AS|BY|ON|EXISTS)$/i;

const TIGHT_AFTER = new Set(["=", "(", ".", "["]);
const TIGHT_BEFORE = new Set(["=", ")", ".", ",", ";", "[", "]"]);

/** What stands between two tokens: nothing around `=`, dots, brackets and before commas. */
function space(before: SqlToken | undefined, next: SqlToken): string {
  if (before === undefined) return "";
  if (before.kind === "operator" && TIGHT_AFTER.has(before.text)) return "";
  if (next.kind === "operator" && TIGHT_BEFORE.has(next.text)) return "";
  // A function's bracket follows its name; a condition's does not.
  const isName = before.kind === "identifier" || before.kind === "word";
  return next.text === "(" && isName && !KEYWORDS.test(before.text) ? "" : " ";
}
