/** How a list is to be shown, and what day it is where it is read. */
import type { ListView } from "../jobscope/inspect/job-list-text.js";
import { formatDate } from "../jobscope/inspect/time-words.js";
import { formatInstant } from "../jobscope/model/time.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { viewOf } from "./view-options.js";

export function listViewOf(line: CommandLine, context: Context): ListView {
  const view = viewOf(line, context);
  return { ...view, today: formatDate(formatInstant(context.now()), view.zone) };
}
