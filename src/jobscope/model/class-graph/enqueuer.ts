/** Who pushed a job, as far as it matters to which class enqueues which. */
export type Enqueuer =
  | {
      readonly kind: "job";
      readonly jid: string;
      /** "" where no span says. */
      readonly jobClass: string;
      /** ActiveJob pushed itself anew, under the same ActiveJob id: a retry. */
      readonly isRetry: boolean;
    }
  /** A SERVER span, or any other span that is no job's. */
  | { readonly kind: "request" | "span"; readonly title: string }
  | UnknownEnqueuer;

export interface UnknownEnqueuer {
  /**
   * "none": nothing was recorded around the push; "not_received": something was, and never arrived; "not_looked_for": the
   * trace of the push is too large to be read for this.
   */
  readonly kind: "none" | "not_received" | "not_looked_for";
}

export function isUnknown(enqueuer: Enqueuer): enqueuer is UnknownEnqueuer {
  return !["job", "request", "span"].includes(enqueuer.kind);
}
