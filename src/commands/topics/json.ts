/** `jobtrace help json`: what scripts may rely on. The list is that of the schemas in the package. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../package-folder.js";

/** Of a schema's description, which may go on. */
const FIRST_SENTENCE = /^.*?[.:;](?=\s|$)/;

export function jsonTopic(): string {
  const folder = join(packageFolder(), "schema");
  const schemas = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Schema);
  const width = Math.max(...schemas.map(({ title }) => title.length)) + 2;
  const rows = schemas.map(
    ({ title, description }) => `  ${title.padEnd(width)}${firstSentence(description)}`,
  );
  return `jobtrace inspect 8f3c --json | jq .effects
jobtrace list --state=failed --json | jq -r .jid

- The key "schema" names the form. Keys may be added to it; none goes or changes what it means
  without another number behind the v.
- Every key is always there: null, [] or {} where there is nothing, with a key beside it that ends
  in _reason where there is one to tell.
- Keys that end in _ns are whole nanoseconds, those in _at are times: UTC, RFC 3339, nine digits.
- inspect --json folds and hides steps as the text does; --no-fold lists every one. The other
  commands compare and count all steps.
- The same store prints the same bytes: nothing is of the clock, the machine or the terminal.
- list, tail and logs print one object a line, the others one document.
- Control characters are escaped. Notes and errors go to stderr; so does the document of an id that
  leads to no job or to several.

JSON Schemas (2020-12), in ${folder}:

${rows.join("\n")}`;
}

interface Schema {
  readonly title: string;
  readonly description: string;
}

function firstSentence(text: string): string {
  return (FIRST_SENTENCE.exec(text)?.[0] ?? text).replace(/[.:;]$/, "").replaceAll("`", "");
}
