/**
 * What frameworks write into a comment of a statement, to say where it comes from: SQL-commenter's
 * `job='SendInvoiceJob'` with values percent-encoded, and `job:SendInvoiceJob` as Rails wrote it before.
 */

export interface SqlTag {
  readonly key: string;
  readonly value: string;
}

/** More are no tags. */
const TAGS_MAX = 20;
/** Of the comment. Characters. */
const LENGTH_MAX = 2000;

export function sqlTags(sql: string): readonly SqlTag[] {
  const from = sql.lastIndexOf("/*");
  const to = sql.indexOf("*/", from);
  if (from === -1 || to === -1 || to - from > LENGTH_MAX) return [];
  const tags: SqlTag[] = [];
  for (const pair of sql.slice(from + 2, to).split(",", TAGS_MAX)) {
    const [, key, quoted, plain] =
      /^\s*([\w%.-]+)(?:='((?:[^'\\]|\\.)*)'|:([^'*]*))\s*$/.exec(pair) ?? [];
    const value = quoted ?? plain;
    if (key !== undefined && value !== undefined)
      tags.push({ key: decoded(key), value: decoded(value.replaceAll("\\'", "'")) });
  }
  return tags;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded after all.
    return text;
  }
}
