/** Which running collector is meant: --server where a command takes it, JOBTRACE_SERVER, else the first address of --listen. */
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { serverOf } from "./doctor/look-at-collector.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

/** @throws UsageError */
export function serverFrom(line: CommandLine, context: Context): URL {
  const flag = line.text("server");
  const text = flag ?? context.env["JOBTRACE_SERVER"];
  if (text === undefined || text === "") return serverOf(SETTINGS.listen.of(line, context));
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:") return url;
  const name = flag === undefined ? "JOBTRACE_SERVER" : "--server";
  throw new UsageError(`${name}=${text} is not the address of a collector: http://127.0.0.1:4318`);
}
