/** What a command's help says of each of its options: the only place where that is written. */

/** By the option's name without dashes: `  -q, --quiet            no notes` and `  --fold=3   one line …`. */
export function optionTexts(help: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const line of help.split("\n")) {
    const [, name, text = ""] =
      /^ {2}(?:-\w, )?--([\w-]+)(?:\[?=\S*)?(?: {2,}(\S.*))?$/.exec(line) ?? [];
    if (name !== undefined && text !== "") texts.set(name, text);
  }
  return texts;
}
