/** How far a long benchmark is, on one line of a terminal. */

/** Milliseconds. */
const EVERY = 500;
let shown = 0;

/** A line that was shown is taken away again when it is done. */
export function showProgress(what: string, done: number, total: number): void {
  if (!process.stderr.isTTY) return;
  const now = performance.now();
  if (done < total && now - shown < EVERY) return;
  shown = now;
  const percent = Math.min(100, Math.floor((done / total) * 100));
  process.stderr.write(done < total ? `\r${what}: ${percent} %\u001b[K` : "\r\u001b[K");
}
