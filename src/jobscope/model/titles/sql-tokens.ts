/**
 * Splits SQL into tokens in one pass.
 *
 * No grammar: what arrives is the dialect of any database after an obfuscator that writes `$?` for a placeholder, and a
 * real parser refuses that. A tokenizer never has to refuse: an unknown character is an operator, and a text that ends
 * inside a string is marked as cut.
 */

export interface SqlToken {
  readonly kind: "word" | "identifier" | "string" | "number" | "placeholder" | "operator";
  /** Without quotes for identifiers and strings, as written for the rest. */
  readonly text: string;
}

export interface SqlTokens {
  readonly tokens: readonly SqlToken[];
  /** The text ends inside a string, a quoted identifier or a comment. */
  readonly isCut: boolean;
}

/** Longer statements are not read to the end: a title needs its beginning. Characters. */
export const SQL_LENGTH_MAX = 20_000;

type Kind = SqlToken["kind"] | "space" | "cut";

/** Tried in this order at each place; each is sticky and matches at least one character. */
const PATTERNS: readonly (readonly [Kind, RegExp])[] = [
  // `#>` and `#-` are PostgreSQL's operators on JSON; any other `#` begins a comment of MySQL.
  ["space", /\s+|--[^\n]*|#(?![>-])[^\n]*|\/\*[\s\S]*?\*\//y],
  ["cut", /\/\*[\s\S]*/y],
  ["string", /(?:[eEnNbBxX])?'(?:[^'\\]|''|\\[\s\S])*'/y],
  ["string", /\$([A-Za-z_]*)\$[\s\S]*?\$\1\$/y],
  ["cut", /'[\s\S]*/y],
  ["identifier", /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[A-Za-z_][^\]\n]*\]/y],
  ["cut", /["`][\s\S]*/y],
  ["placeholder", /\$\d+|\$\?|\?|%s|:[A-Za-z_]\w*|@{1,2}[A-Za-z_]\w*/y],
  ["operator", /::|:=|<=>|<>|!=|<=|>=|<@|@>|@@|&&|\|\||!?~\*?|->>?|#>>?|[^\w\s]/y],
  ["number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)/y],
  ["word", /[\p{L}\p{N}_$@]+/uy],
  ["operator", /[\s\S]/y],
];

export function sqlTokens(sql: string): SqlTokens {
  const tokens: SqlToken[] = [];
  let isCut = sql.length > SQL_LENGTH_MAX;
  for (const { kind, value } of sqlParts(sql)) {
    if (kind === "cut") isCut = true;
    else if (kind !== "space") tokens.push({ kind, text: unquoted(kind, value) });
  }
  return { tokens, isCut };
}

/** A piece of the text as it stands; together they are all of what is read of it. */
export interface SqlPart {
  readonly kind: Kind;
  readonly value: string;
}

export function* sqlParts(sql: string): Iterable<SqlPart> {
  const text = sql.slice(0, SQL_LENGTH_MAX);
  let previous: SqlPart["kind"] | undefined;
  for (let at = 0; at < text.length; ) {
    const part = tokenAt(text, at, previous);
    yield part;
    at += part.value.length;
    if (part.kind !== "space" && part.kind !== "cut") previous = part.kind;
  }
}

function tokenAt(text: string, at: number, previous: Kind | undefined): SqlPart {
  for (const [kind, pattern] of PATTERNS) {
    // `a::int` is a cast and `[` after a name an index; only at the beginning of a value are they something else.
    if (
      kind === "placeholder" &&
      text[at] === ":" &&
      (text[at + 1] === ":" || text[at - 1] === ":")
    )
      continue;
    if (
      kind === "identifier" &&
      text[at] === "[" &&
      previous !== undefined &&
      previous !== "operator" &&
      previous !== "word"
    )
      continue;
    pattern.lastIndex = at;
    const value = pattern.exec(text)?.[0];
    if (value !== undefined && value !== "") return { kind, value };
  }
  return { kind: "operator", value: text[at] ?? " " };
}

function unquoted(kind: SqlToken["kind"], value: string): string {
  if (kind === "identifier") return value.slice(1, -1).replaceAll('""', '"').replaceAll("``", "`");
  if (kind !== "string") return value;
  const quote = value.indexOf("'");
  return quote === -1 ? value : value.slice(quote + 1, -1).replaceAll("''", "'");
}

/** The word there, in upper case; "" for everything else. */
export function wordAt(tokens: readonly SqlToken[], at: number): string {
  const token = tokens[at];
  return token?.kind === "word" ? token.text.toUpperCase() : "";
}
