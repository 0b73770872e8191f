/**
 * What has to be undone even when no `after` hook runs: mocha's process ends early, or Ctrl-C or a time limit ends it.
 * Only a SIGKILL leaves something behind.
 */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

const actions = new Set<() => void>();

process.once("exit", () => {
  // The newest first: programs end before the folder goes in which they write.
  for (const action of [...actions].reverse()) action();
});
// By default a signal ends the process without its "exit" event. Not `once`: Ctrl-C comes twice, from the terminal and
// from mocha's own parent process, and the second must not end the first one's work.
for (const [signal, number] of Object.entries(SIGNALS)) {
  process.on(signal, () => process.exit(128 + number));
}

/** `action` must be synchronous. Returns what takes it back. */
export function atEnd(action: () => void): () => void {
  actions.add(action);
  return () => actions.delete(action);
}
