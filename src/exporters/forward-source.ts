/** What is to be sent, in the order of the log: one implementation for each mode of forwarding. */
import type { Lsn } from "../jobscope/store/job-store.js";
import type { Delivery } from "./deliver.js";

export interface ForwardChunk {
  /** Empty: nothing in these records is sent in this mode. */
  readonly deliveries: readonly Delivery[];
  /** Where to go on once all of them are through. */
  readonly next: Lsn;
}

export interface ForwardSource {
  /** undefined: the log ends at `from` for now. `bytesMax`: of one request, inflated. */
  next(from: Lsn, bytesMax: number): Promise<ForwardChunk | undefined>;
}
