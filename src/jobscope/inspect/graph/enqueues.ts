/** What a job enqueued, as its timeline tells: each jid once, by the first push of it. */
import type { Instant } from "../../model/document-units.js";
import type { JobDocument } from "../../model/job-document.js";

export interface Enqueue {
  readonly jid: string;
  readonly class: string;
  readonly stepId: string;
  readonly beforeCommit: boolean;
  readonly dueAt: Instant | null;
}

export function enqueuesOf({ attempts }: JobDocument): readonly Enqueue[] {
  const found = new Map<string, Enqueue>();
  for (const { steps } of attempts) {
    for (const { id, detail } of steps) {
      if (detail?.type !== "enqueue" || found.has(detail.jid)) continue;
      found.set(detail.jid, {
        jid: detail.jid,
        class: detail.class,
        stepId: id,
        beforeCommit: detail.before_commit,
        dueAt: detail.due_at,
      });
    }
  }
  return [...found.values()];
}
