/** One line on a terminal that is written over while something takes long; nothing where nobody watches. */
import type { Context } from "./context.js";

export interface Progress {
  /** Called as often as one likes. */
  show(text: string): void;
  /** Before anything else is printed, and at the end. */
  clear(): void;
}

/** What is done sooner needs no line. Nanoseconds. */
const SILENT_FOR = 2_000_000_000n;
/** More often is not read. */
const INTERVAL = 200_000_000n;

export function createProgress({ rewrite, now }: Pick<Context, "rewrite" | "now">): Progress {
  if (rewrite === undefined) return { show: () => undefined, clear: () => undefined };
  const begin = now();
  let shownAt = 0n;
  let isShown = false;
  return {
    show(text) {
      const time = now();
      if (time - begin < SILENT_FOR || time - shownAt < INTERVAL) return;
      shownAt = time;
      isShown = true;
      rewrite(text);
    },
    clear() {
      if (isShown) rewrite("");
      isShown = false;
    },
  };
}
