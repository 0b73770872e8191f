/** What `doctor --json` prints: `jobtrace.doctor/v1`. Every key is always there; times are UTC. */
import type { Instant } from "../document-units.js";
import type { Check } from "./check.js";

export interface DoctorDocument {
  readonly schema: "jobtrace.doctor/v1";
  /** What jobtrace can look at by itself. */
  readonly collector: readonly Check[];
  /** What the received spans say of the applications that sent them. */
  readonly received: {
    /** Of receipt, of the newest and of the oldest batch that was looked at; null: there is none. */
    readonly from: Instant | null;
    readonly to: Instant | null;
    readonly spans: number;
    readonly batches: number;
    /** false: there is more in that time than was looked at; the newest was. */
    readonly complete: boolean;
    readonly checks: readonly Check[];
  };
  readonly problems: number;
  readonly broken: number;
}

export function doctorDocument(
  collector: readonly Check[],
  received: DoctorDocument["received"],
): DoctorDocument {
  const checks = [...collector, ...received.checks];
  return {
    schema: "jobtrace.doctor/v1",
    collector,
    received,
    problems: checks.filter(({ status }) => status === "problem").length,
    broken: checks.filter(({ status }) => status === "broken").length,
  };
}
