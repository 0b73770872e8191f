/** What may be set of how a job is told from its spans. */
import type { ReadingRules } from "../jobscope/model/surroundings.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { SETTINGS } from "./settings/settings.js";

/** @throws UsageError */
export function readingRules(line: CommandLine, context: Context): ReadingRules {
  return {
    orphanAfter: SETTINGS.orphanAfter.of(line, context),
    correlationKeys: SETTINGS.correlationKeys.of(line, context),
  };
}
