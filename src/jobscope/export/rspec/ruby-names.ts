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

/** The model that Rails has for a table, by its own rule: where that is one `s` too many, the name itself. */
export function modelOf(table: string): string {
  const name = table.split(".").at(-1) ?? table;
  if (
    /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*[^aiousx]s$/.test(name) &&
    !/(?:ie|se|he|xe|ze|oe|ve|ata)s$/.test(name)
  )
    return name
      .slice(0, -1)
      .split("_")
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join("");
  return "";
}
