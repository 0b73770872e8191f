/** A mistake in the command line, in a sentence that names it and what to do. Exit 2. */
export class UsageError extends Error {}
