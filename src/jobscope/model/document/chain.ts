/** The job's neighbours: who enqueued it and what it enqueued, as far as its own spans tell. */
import type { Attempt, Chain, ChainNode, Job } from "../job-document.js";

export function chainOf(job: Job, attempts: readonly Attempt[]): Chain {
  const self: ChainNode = {
    kind: "job",
    id: job.jid,
    title: job.class ?? job.jid,
    service: job.service,
    state: job.state,
    started_at: job.started_at,
    duration_ns: job.duration_ns,
    wait_ns: job.wait_ns,
    via_span: job.enqueued_by[0]?.span_id ?? null,
  };
  const above = enqueuer(job);
  return {
    root: above ?? self,
    path: above === undefined ? [] : [above],
    children: children(attempts),
  };
}

function enqueuer(job: Job): ChainNode | undefined {
  const by = job.enqueued_by[0];
  if (by === undefined || by.title === null) return undefined;
  return {
    kind: by.kind === "job" ? "job" : by.kind === "request" ? "request" : "unknown",
    id: by.jid ?? by.trace_id,
    title: by.title,
    service: by.service,
    // What became of the enqueuer stands in its own document.
    state: null,
    started_at: null,
    duration_ns: null,
    wait_ns: null,
    via_span: null,
  };
}

function children(attempts: readonly Attempt[]): readonly ChainNode[] {
  return attempts.flatMap((attempt) =>
    attempt.steps.flatMap((step) =>
      step.detail?.type !== "enqueue"
        ? []
        : [
            {
              kind: "job" as const,
              id: step.detail.jid,
              title: step.detail.class,
              service: null,
              state: null,
              started_at: null,
              duration_ns: null,
              wait_ns: null,
              via_span: step.id,
            },
          ],
    ),
  );
}
