/** A damaged stretch of a file in one line. */
import { relative } from "node:path";
import { safeText } from "../jobscope/inspect/safe-text.js";
import { countText } from "../jobscope/model/count-text.js";
import type { Damage } from "../jobscope/store/job-store.js";

/** `store`: the folder of the store; files in it are named from there. */
export function damageText({ file, offset, length, reason }: Damage, store: string): string {
  return `${safeText(relative(store, file))} at ${offset}, ${countText(length)} ${length === 1 ? "byte" : "bytes"}: ${safeText(reason)}`;
}
