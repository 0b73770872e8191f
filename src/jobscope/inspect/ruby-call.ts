/** The call that runs a job in a Rails console, from arguments as Sidekiq keeps them: JSON, in Ruby's spelling. */

export function rubyCall(jobClass: string, args: readonly unknown[]): string {
  return `${jobClass}.new.perform(${args.map(rubyLiteral).join(", ")})`;
}

/** Text from spans, as one literal that Ruby reads back as that text and as nothing else. */
export function rubyText(text: string): string {
  // Ruby reads `#{` and `#$` inside double quotes, and refuses half a pair; what turns text around hides what it says.
  return JSON.stringify(text.replace(/\p{Cs}/gu, "\ufffd"))
    .replaceAll("#", "\\#")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
    );
}

export function rubyLiteral(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (typeof value === "string") return rubyText(value);
  if (Array.isArray(value)) return `[${value.map(rubyLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(
      ([key, each]) => `${rubyLiteral(key)} => ${rubyLiteral(each)}`,
    );
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return JSON.stringify(value) ?? "nil";
}
