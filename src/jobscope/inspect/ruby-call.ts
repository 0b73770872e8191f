/** The call that runs a job in a Rails console, from arguments as Sidekiq keeps them: JSON, in Ruby's spelling. */

export function rubyCall(jobClass: string, args: readonly unknown[]): string {
  return `${jobClass}.new.perform(${args.map(rubyLiteral).join(", ")})`;
}

function rubyLiteral(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  // Ruby reads `#{` and `#$` inside double quotes.
  if (typeof value === "string") return JSON.stringify(value).replaceAll("#", "\\#");
  if (Array.isArray(value)) return `[${value.map(rubyLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(
      ([key, each]) => `${rubyLiteral(key)} => ${rubyLiteral(each)}`,
    );
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return JSON.stringify(value) ?? "nil";
}
