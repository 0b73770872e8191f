/**
 * A job in one line, `jobtrace.job-line/v1`, taken from its document: what `list` and `tail` show is what `inspect` says.
 * Names are snake_case because they are the JSON's; every key is always present.
 */
import type { Instant, Ns } from "../model/document-units.js";
import type { Attempt, Enqueued, Job, JobDocument } from "../model/job-document.js";
import { formatInstant, type UnixNano } from "../model/time.js";
import type { ListedJob } from "./job-list.js";
import { safeJson } from "./safe-text.js";

/** Why `tail` shows a job. */
export type JobNews = "ended" | "started" | "enqueued";

export interface JobLine {
  readonly schema: "jobtrace.job-line/v1";
  /** null in a list. */
  readonly news: JobNews | null;
  /** When that happened; null in a list. */
  readonly news_at: Instant | null;
  readonly jid: string;
  readonly class: string | null;
  readonly queue: string | null;
  readonly service: string | null;
  readonly state: Job["state"];
  readonly state_detail: Job["state_detail"];
  /** Recorded ones. */
  readonly attempts: number;
  readonly enqueued_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly wait_ns: Ns | null;
  readonly wait_reason: Job["wait_reason"];
  /** Of the last attempt, as the numbers below. */
  readonly duration_ns: Ns | null;
  /** Statements without BEGIN, COMMIT and the like. */
  readonly db_statements: number;
  readonly http_calls: number;
  /** The first recorded push. */
  readonly enqueued_by: Pick<Enqueued, "kind" | "title" | "jid"> | null;
  /** Of the last attempt that failed. */
  readonly error: {
    readonly attempt: number;
    readonly class: string;
    readonly message: string;
    readonly fingerprint: string;
  } | null;
  readonly error_changed: boolean;
  readonly missing_parents: number;
  /** What the list is ordered by: the end of the last attempt, else the last push. */
  readonly latest_at: Instant;
}

export interface LineNews {
  readonly kind: JobNews;
  readonly at: UnixNano;
}

export interface LinedJob {
  readonly summary: Pick<ListedJob["summary"], "latest">;
  readonly document: JobDocument;
}

export function jobLineOf({ summary, document }: LinedJob, news?: LineNews): JobLine {
  const { job, attempts, errors, completeness } = document;
  const last = attempts.at(-1);
  return {
    schema: "jobtrace.job-line/v1",
    news: news?.kind ?? null,
    news_at: news === undefined ? null : formatInstant(news.at),
    jid: job.jid,
    class: job.class,
    queue: job.queue,
    service: job.service,
    state: job.state,
    state_detail: job.state_detail,
    attempts: attempts.length,
    enqueued_at: job.enqueued_at,
    started_at: job.started_at,
    finished_at: job.finished_at,
    wait_ns: job.wait_ns,
    wait_reason: job.wait_reason,
    duration_ns: job.duration_ns,
    db_statements: statementsOf(last),
    http_calls: stepsOf(last, "http"),
    enqueued_by: enqueuerOf(job),
    error: errorOf(document),
    error_changed: errors.changed,
    missing_parents: completeness.missing_parents,
    latest_at: formatInstant(summary.latest),
  };
}

export function jobLineJson(line: JobLine): string {
  return safeJson(line);
}

function enqueuerOf({ enqueued_by: [first] }: Job): JobLine["enqueued_by"] {
  return first === undefined ? null : { kind: first.kind, title: first.title, jid: first.jid };
}

function errorOf({ errors: { last } }: JobDocument): JobLine["error"] {
  if (last === null) return null;
  const { class: errorClass, message, fingerprint } = last.error;
  return { attempt: last.attempt, class: errorClass, message, fingerprint };
}

/** Statements that an attempt sent to a database, as `stats` and `list` count them. */
export function statementsOf(attempt: Attempt | undefined): number {
  return stepsOf(attempt, "db");
}

function stepsOf(attempt: Attempt | undefined, kind: "db" | "http"): number {
  return attempt?.steps.filter((step) => step.kind === kind).length ?? 0;
}
