/** What the exit status of a command means; `jobtrace help exit-codes` prints the same. */
export const EXIT = {
  done: 0,
  /** The answer is "no": an unknown id, a damaged store. */
  no: 1,
  usage: 2,
  /** The id matches several jobs. */
  ambiguous: 3,
  /** The store or the collector cannot be read. */
  unreadable: 4,
  /** Only with --exit-status. */
  notCompleted: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
