/** What the exit status of a command means; `jobtrace help exit-codes` prints the table. */
export const EXIT = {
  done: 0,
  no: 1,
  usage: 2,
  ambiguous: 3,
  unreadable: 4,
  notCompleted: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done; also when the job that was shown had failed",
  no: "the answer is no: no such job, jobs that differ, a damaged store, something that doctor found",
  usage: "usage: an unknown option, a bad value, a mistake in the configuration file",
  ambiguous: "ambiguous: the id matches several jobs",
  unreadable: "the store or the collector cannot be read, or an address is in use",
  notCompleted: "the job did not complete; only with --exit-status",
  interrupted:
    "interrupted by Ctrl-C; serve, tail and --follow, which go on until then, end with 0",
};
