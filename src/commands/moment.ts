/** Points in time on the command line: a length of time before now, or the time itself. */
import { type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { parseDuration } from "./duration.js";
import { UsageError } from "./usage-error.js";

/** The value of `--<name>`; undefined when it was not given. */
export function momentOf(
  line: CommandLine,
  name: string,
  { now }: Pick<Context, "now">,
): UnixNano | undefined {
  const text = line.text(name);
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined) return unixNano(now() - ago);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `--${name}=${text} is neither a duration such as 15m nor a time such as 2026-03-03T09:00:00Z`,
    );
  return unixNano(BigInt(time) * 1_000_000n);
}
