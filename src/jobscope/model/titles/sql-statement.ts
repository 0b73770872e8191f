/** What a SQL statement does, as far as its tokens tell: the verb, the tables, and where its clauses begin. */
import { afterModifiers, type NamedTable, qualifiedName, tablesOf } from "./sql-tables.js";
import { type SqlToken, sqlTokens, wordAt } from "./sql-tokens.js";

export interface SqlStatement {
  readonly tokens: readonly SqlToken[];
  /** Upper case; "" when no known verb stands at the top level. */
  readonly verb: string;
  /** Index of the verb's token. */
  readonly verbAt: number;
  /** Begins with WITH. */
  readonly hasCte: boolean;
  /** In order of appearance, each once; without the schema `public`. */
  readonly tables: readonly string[];
  /** Without those of queries inside its conditions and columns; what stands in place of a table counts. */
  readonly outerTables: readonly string[];
  /** The table that is written to; undefined for a read, and where it cannot be told. */
  readonly target: string | undefined;
  /** Depth of parentheses around each token. */
  readonly depths: readonly number[];
  readonly isCut: boolean;
}

const VERBS = new Set([
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "MERGE",
  "REPLACE",
  "CALL",
  "COPY",
  "TRUNCATE",
  "BEGIN",
  "START",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "SET",
  "SHOW",
  "EXPLAIN",
  "LOCK",
  "CREATE",
  "ALTER",
  "DROP",
]);

/** At the beginning these end a transaction; elsewhere END ends a CASE. */
const FIRST_VERBS = new Set(["END", "ABORT"]);

/** What they allow or forbid is not done. */
const NO_VERB = new Set(["GRANT", "REVOKE"]);

/** The verbs that may follow a list of common table expressions. */
const MAIN_VERBS = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"]);

export function sqlStatement(sql: string): SqlStatement {
  const { tokens, isCut } = sqlTokens(sql);
  const depths = depthsOf(tokens);
  const hasCte = wordAt(tokens, 0) === "WITH";
  const verbAt = verbAtOf(tokens, depths, hasCte);
  const verb = verbAt === -1 ? "" : (tokens[verbAt]?.text.toUpperCase() ?? "");
  const ctes = hasCte ? cteNames(tokens, depths) : new Set<string>();
  const named = tablesOf(tokens, verb, verbAt).filter(({ name }) => !ctes.has(name));
  const outer = named.filter(isOuter(tokens, depths, verbAt));
  const target = targetOf(tokens, depths, verb, verbAt);
  return {
    tokens,
    verb,
    verbAt,
    hasCte,
    tables: namesOf(named),
    outerTables: namesOf(outer),
    target,
    depths,
    isCut,
  };
}

function isOuter(
  tokens: readonly SqlToken[],
  depths: readonly number[],
  verbAt: number,
): (table: NamedTable) => boolean {
  const own = depths[verbAt];
  const clauseAt = (word: string): number =>
    tokens.findIndex((_, at) => at > verbAt && depths[at] === own && wordAt(tokens, at) === word);
  const from = clauseAt("FROM");
  const where = clauseAt("WHERE");
  return ({ at }) =>
    depths[at] === own || (from !== -1 && at > from && (where === -1 || at < where));
}

function namesOf(named: readonly NamedTable[]): readonly string[] {
  return [...new Set(named.map(({ name }) => name))];
}

/** The first at the top level; in a statement that is all in parentheses, the first. */
function verbAtOf(tokens: readonly SqlToken[], depths: readonly number[], hasCte: boolean): number {
  const first = wordAt(tokens, 0);
  if (FIRST_VERBS.has(first)) return 0;
  if (NO_VERB.has(first)) return -1;
  const verbs = hasCte ? MAIN_VERBS : VERBS;
  const isVerb = (token: SqlToken): boolean =>
    token.kind === "word" && verbs.has(token.text.toUpperCase());
  const top = tokens.findIndex((token, at) => depths[at] === 0 && isVerb(token));
  return top === -1 && tokens[0]?.text === "(" ? tokens.findIndex(isVerb) : top;
}

/** The write inside a WITH whose own statement only reads: `WITH x AS (INSERT …) SELECT …`. */
export function writeInCte({
  tokens,
  depths,
  hasCte,
  verb,
}: SqlStatement): { readonly verb: string; readonly target: string | undefined } | undefined {
  if (!hasCte || verb !== "SELECT") return undefined;
  const at = tokens.findIndex(
    (_, index) =>
      depths[index] === 1 &&
      tokens[index - 1]?.text === "(" &&
      ["INSERT", "UPDATE", "DELETE"].includes(wordAt(tokens, index)),
  );
  if (at === -1) return undefined;
  const own = wordAt(tokens, at);
  return { verb: own, target: targetOf(tokens, depths, own, at) };
}

const SAME_VERB: Readonly<Record<string, string>> = {
  START: "BEGIN",
  END: "COMMIT",
  ABORT: "ROLLBACK",
};

/** One verb for each thing, however it is spelled. */
export function toldVerb({ verb }: SqlStatement): string {
  return SAME_VERB[verb] ?? verb;
}

function depthsOf(tokens: readonly SqlToken[]): readonly number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    if (kind === "operator" && text === ")") depth = Math.max(0, depth - 1);
    const here = depth;
    if (kind === "operator" && text === "(") depth++;
    return here;
  });
}

/** `WITH a AS (…), b AS (…)`: names that are not tables. */
function cteNames(tokens: readonly SqlToken[], depths: readonly number[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    const isName = token.kind === "word" || token.kind === "identifier";
    if (isName && depths[at] === 0 && wordAt(tokens, at + 1) === "AS") names.add(token.text);
  }
  return names;
}

const WRITE_VERBS = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE"]);

/** `INSERT INTO x`, `UPDATE x`, `DELETE FROM x`, `COPY x FROM`. */
function targetOf(
  tokens: readonly SqlToken[],
  depths: readonly number[],
  verb: string,
  verbAt: number,
): string | undefined {
  if (verb === "COPY") {
    const direction = tokens.findIndex(
      (_, at) => at > verbAt && depths[at] === 0 && ["FROM", "TO"].includes(wordAt(tokens, at)),
    );
    return wordAt(tokens, direction) === "FROM" ? qualifiedName(tokens, verbAt + 1) : undefined;
  }
  if (!WRITE_VERBS.has(verb)) return undefined;
  const next = afterModifiers(tokens, verbAt + 1);
  if (["INTO", "FROM", "TABLE"].includes(wordAt(tokens, next)))
    return qualifiedName(tokens, next + 1);
  const name = qualifiedName(tokens, next);
  return verb === "DELETE" && name !== undefined ? aliased(tokens, next + 1, name) : name;
}

/** MySQL's `DELETE o FROM orders o JOIN …`: which table an alias stands for. */
function aliased(tokens: readonly SqlToken[], from: number, alias: string): string {
  for (let at = from; at < tokens.length; at++) {
    if (!["FROM", "JOIN"].includes(wordAt(tokens, at))) continue;
    const name = qualifiedName(tokens, at + 1);
    let end = at + (tokens[at + 2]?.text === "." ? 4 : 2);
    if (wordAt(tokens, end) === "AS") end++;
    if (name !== undefined && tokens[end]?.text === alias) return name;
  }
  return alias;
}
