/** Jobs that fail, many at a time, as Sidekiq's instrumentation sends them. */
import type { SpanFacts } from "../../otlp-request.js";
import { attemptSpans, clock, workerRequest } from "../../mockups/mockup-spans.js";

export type MadeError = NonNullable<SpanFacts["error"]>;

export const TIMEOUT: MadeError = {
  type: "Net::ReadTimeout",
  message: "Net::ReadTimeout with #<TCPSocket:(closed)>",
};
export const DUPLICATE: MadeError = {
  type: "PG::UniqueViolation",
  message: 'ERROR:  duplicate key value violates unique constraint "index_invoices_on_order_id"',
};

export interface MadeAttempt {
  /** `09:14:02.000` */
  readonly at: string;
  /** undefined: it completes. */
  readonly error?: MadeError | undefined;
  /** In which step it is raised; none: in the job's own code. */
  readonly in?: "charge" | "insert" | undefined;
}

export interface MadeJob {
  /** Up to 3 hex digits of its own. */
  readonly tag: string;
  readonly jobClass?: string;
  readonly attempts: readonly MadeAttempt[];
}

export function jidOf({ tag }: Pick<MadeJob, "tag">): string {
  return tag.padEnd(24, "0");
}

/** One request with all attempts of a job. */
export function requestOfJob(job: MadeJob): Buffer {
  const { tag, jobClass = "SendInvoiceJob", attempts } = job;
  const spans = attempts.flatMap(({ at, error, in: place }, index) => {
    const made = attemptSpans({
      jid: jidOf(job),
      jobClass,
      tag: `${tag.padEnd(3, "0")}${index + 1}`,
      start: clock(at),
    });
    const raised = error === undefined ? {} : { error };
    const charge = made.http(
      5,
      80,
      "POST",
      "https://billing.internal/charge",
      place === "charge" ? raised : {},
    );
    const insert = made.sql(
      1,
      3,
      `INSERT INTO invoices (id) VALUES (${index})`,
      place === "insert" ? raised : {},
    );
    return [made.root(100, raised), insert, ...(place === "insert" ? [] : [charge])];
  });
  return workerRequest(spans, { host: "worker-1", pid: 812, thread: "2xk" });
}

/** An incident at the payment service, and its echo: what was written before the time-out is there when the job runs again. */
export function incident(): readonly MadeJob[] {
  const of = (jobClass: string, tag: string, count: number, from: number): readonly MadeJob[] =>
    Array.from({ length: count }, (_, at) => {
      const second = String(32 + ((from + at) % 20)).padStart(2, "0");
      const first: MadeAttempt = { at: `09:13:${second}.000`, error: TIMEOUT, in: "charge" };
      const again: MadeAttempt = { at: `09:14:${second}.000`, error: DUPLICATE, in: "insert" };
      const attempts = jobClass === "SendInvoiceJob" && at < 8 ? [first, again] : [first];
      return { tag: `${tag}${at.toString(16).padStart(2, "0")}`, jobClass, attempts };
    });
  return [
    ...of("SendInvoiceJob", "a", 29, 0),
    ...of("RefundJob", "b", 11, 5),
    ...of("SyncLedgerJob", "c", 3, 9),
    { tag: "d00", jobClass: "RefundJob", attempts: [{ at: "09:31:10.000" }] },
  ];
}
