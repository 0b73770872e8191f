/** Picks the id out of what somebody pasted: a log line, the address of a page, an id with space around it. */

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** In order: what says that it is a job's id goes before what only looks like one. */
const IN_LOG_LINES: readonly RegExp[] = [
  // Sidekiq: `jid=…` in its pretty form, `"jid":"…"` in JSON, `JID-…` before version 6.
  /\bjid["']?\s*[=:]\s*["']?([\w-]+)/i,
  /\bJID-([\w-]+)/,
  // ActiveJob: `Performing WelcomeMailJob (Job ID: …)`, `[ActiveJob] [WelcomeMailJob] [uuid] …`.
  new RegExp(`\\bJob ID: (${UUID})`, "i"),
  /\btrace_?id["']?\s*[=:]\s*["']?([0-9a-f]{32})\b/i,
  new RegExp(`\\[(${UUID})\\]`, "i"),
];

export function pickId(text: string): string {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return idOfUrl(trimmed);
  for (const pattern of IN_LOG_LINES) {
    const found = pattern.exec(trimmed)?.[1];
    if (found !== undefined) return found;
  }
  if (!/\s/.test(trimmed)) return trimmed;
  // A line of another shape: an id in it that cannot be a word.
  const bare = new RegExp(`(?<![\\w-])(${UUID}|[0-9a-f]{32}|[0-9a-f]{24})(?![\\w-])`, "i");
  return bare.exec(trimmed)?.[1] ?? trimmed;
}

/** `/jobs/<jid>.json` of jobtrace, `/trace/<id>` of Jaeger and of others: what follows such a word, else the last part. */
function idOfUrl(text: string): string {
  const path = text.replace(/^https?:\/\/[^/?#]*/i, "").split(/[?#]/, 1)[0] ?? "";
  const parts = path.split("/").filter((part) => part !== "");
  const at = parts.findIndex((part) => /^(?:jobs?|traces?)$/i.test(part));
  const id = (at < 0 ? undefined : parts[at + 1]) ?? parts.at(-1) ?? text;
  return decoded(id.replace(/\.(?:json|txt)$/, ""));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign that begins no character: it is the id as it stands.
    return part;
  }
}
