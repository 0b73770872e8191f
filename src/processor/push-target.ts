/**
 * Where a push went, told from the Redis command that followed it.
 *
 * The PRODUCER span ends before the write to Redis and says nothing of it. The write is the next Redis span
 * beside it: `LPUSH` puts the job on its queue, `ZADD` puts it into the schedule to run later.
 */
import type { Span } from "../jobscope/model/span.js";
import { textAttribute } from "../jobscope/model/span.js";

/** true: to run later. undefined: the write was not recorded beside the push. */
export function wasScheduled(followers: readonly Span[]): boolean | undefined {
  for (const span of followers) {
    const commands = redisCommands(span);
    if (commands.includes("LPUSH")) return false;
    if (commands.includes("ZADD")) return true;
  }
  return undefined;
}

/** Command names in upper case; a pipeline's are separated by line breaks. */
function redisCommands(span: Span): readonly string[] {
  if (textAttribute(span.attributes, "db.system", "db.system.name") !== "redis") return [];
  const statement = textAttribute(span.attributes, "db.statement", "db.query.text") ?? span.name;
  return statement.split("\n").map((line) => (line.trim().split(" ", 1)[0] ?? "").toUpperCase());
}
