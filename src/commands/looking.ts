/** What a command shows on a terminal while it looks at many jobs, and what ends it. */
import type { Looking } from "../jobscope/inspect/job-list.js";
import { countText } from "../jobscope/model/count-text.js";
import { formatInstant } from "../jobscope/model/time.js";
import type { Context } from "./context.js";
import type { Progress } from "./progress.js";

/** `hint`: behind how far it looked. */
export function lookingOf(progress: Progress, { signal }: Context, hint = ""): Looking {
  let looked = 0;
  return {
    signal,
    onLook(latest) {
      looked++;
      const back = formatInstant(latest).slice(0, 16).replace("T", " ");
      progress.show(`looked at ${countText(looked)} jobs, back to ${back} UTC${hint}`);
    },
  };
}
