/** One line on a terminal that says how far a run is, once it has taken longer than a person likes to wait. */

const QUIET_MS = 2_000;
const EVERY_MS = 200;

export interface Progress {
  update(done: number): void;
  /** Takes the line away. */
  end(): void;
}

/** `write`: to a terminal; absent where there is none. */
export function createProgress(
  name: string,
  total: number,
  write: ((text: string) => void) | undefined,
): Progress {
  const started = performance.now();
  let shownAt = started + QUIET_MS - EVERY_MS;
  let isShown = false;
  return {
    update(done) {
      const now = performance.now();
      if (write === undefined || now < shownAt + EVERY_MS) return;
      shownAt = now;
      isShown = true;
      const perSecond = Math.round((done / (now - started)) * 1000);
      write(`\r${name}: ${done} of ${total} cases, ${perSecond} a second\u001b[K`);
    },
    end() {
      if (isShown) write?.("\r\u001b[K");
    },
  };
}
