/** Names and comments of Ruby made of text from spans: only what can be nothing else becomes code. */
import { safeText } from "../../inspect/safe-text.js";

/** The constant that the text is, or undefined. */
export function rubyConstant(text: string | null): string | undefined {
  return text !== null && /^(?:::)?[A-Z][A-Za-z0-9_]*(?:::[A-Z][A-Za-z0-9_]*)*$/.test(text)
    ? text
    : undefined;
}

/** One line. Ruby takes orders from comments that name an encoding or stand between `-*-`. */
export function rubyComment(text: string): string {
  const safe = safeText(text)
    .replaceAll("-*-", "- * -")
    .replace(/coding(\s*)[:=]/gi, "coding$1 -");
  return `# ${safe}`;
}

/** Names whose singular takes more than the last letter: Rails knows them better. */
const IRREGULAR = /(?:ie|se|he|xe|ze|oe|ve)s$|(?:matr|vert|ind)ices$|(?:news|jeans)$|[aiousx]s$/;

/** The model that Rails has for a table, where its rule takes one `s` off; undefined for any other. */
export function modelOf(table: string): string | undefined {
  const name = table.split(".").at(-1) ?? table;
  if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*s$/.test(name) || IRREGULAR.test(name)) return undefined;
  const words = name.slice(0, -1).split("_");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
