/** What `serve` warns of at its start: who else could send spans, or reach those that are kept. */
import { statSync } from "node:fs";
import { safeText } from "../jobscope/inspect/safe-text.js";
import { isLoopback, type ListenAddress } from "../receiver/listen-address.js";

/** Write permission of the group and of everybody. */
const WRITABLE_BY_OTHERS = 0o022;

export function exposureTexts(
  addresses: readonly ListenAddress[],
  store: string,
  hasTokens: boolean,
): readonly string[] {
  const texts: string[] = [];
  if (addresses.some(({ host }) => !isLoopback(host))) {
    const who = hasTokens ? "whoever has the token" : "whoever reaches the port";
    texts.push(
      `! listening beyond this machine: ${who} can send spans and see jobs; nothing is encrypted`,
    );
  }
  // Files are made for their owner only; whoever may write in the folder could replace them.
  if ((statSync(store).mode & WRITABLE_BY_OTHERS) !== 0)
    texts.push(`! others on this machine may change the store: chmod go-w ${safeText(store)}`);
  return texts;
}
