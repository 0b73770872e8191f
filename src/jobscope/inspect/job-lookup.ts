/**
 * From what a person has in the hand to a job: a jid, the beginning of one, an ActiveJob id, a trace id, a pasted log
 * line. Kinds are tried in a fixed order and the first with a hit wins.
 */
import { indexBatch } from "../../processor/batch-index.js";
import { type Jid, parseJid, parseTraceId, type TraceId } from "../model/ids.js";
import { rowsOf } from "../store/batch-index.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";
import type { JobSummary } from "./job-summary.js";
import { summariseJob } from "./summarise-job.js";

export type JobLookup =
  | { readonly kind: "found"; readonly jid: Jid }
  /** Newest first. `via`: the kind of id that matched several. */
  | { readonly kind: "ambiguous"; readonly id: string; readonly jobs: readonly JobSummary[] }
  | { readonly kind: "unknown"; readonly id: string };

/** A shorter beginning of an id matches too much by chance. Characters. */
export const PREFIX_LENGTH_MIN = 4;
const TRACE_PREFIX_LENGTH_MIN = 8;
const MATCHES_MAX = 50;

/** Job trace ids begin with "jobt" in ASCII. */
const JOB_TRACE = /^6a6f6274([0-9a-f]{24})$/;

export async function lookUpJob(reader: JobStoreReader, text: string): Promise<JobLookup> {
  const id = pickId(text);
  const jids = await firstHit(reader, id);
  const [only] = jids;
  if (only === undefined) return { kind: "unknown", id };
  const jid = parseJid(only);
  if (jids.length === 1 && jid !== undefined) return { kind: "found", jid };
  return { kind: "ambiguous", id, jobs: await summaries(reader, jids) };
}

/** `--trace-id`: only the jobs of this trace. */
export async function lookUpTrace(reader: JobStoreReader, text: string): Promise<JobLookup> {
  const id = text.trim().toLowerCase();
  const jids = await jobsOfTraces(reader, id);
  const jid = jids[0] === undefined ? undefined : parseJid(jids[0]);
  if (jid === undefined) return { kind: "unknown", id };
  return jids.length === 1
    ? { kind: "found", jid }
    : { kind: "ambiguous", id, jobs: await summaries(reader, jids) };
}

/** A Sidekiq log line says `jid=…` or `JID-…`; a link to a page ends in the id. */
export function pickId(text: string): string {
  const trimmed = text.trim();
  const inLog = /\b(?:jid["']?[=:]\s*["']?|JID-)([\w-]+)/.exec(trimmed)?.[1];
  if (inLog !== undefined) return inLog;
  if (!/^https?:\/\//.test(trimmed)) return trimmed;
  return (
    trimmed
      .split(/[?#]/, 1)[0]
      ?.split("/")
      .filter(Boolean)
      .at(-1)
      ?.replace(/\.json$/, "") ?? trimmed
  );
}

async function firstHit(reader: JobStoreReader, id: string): Promise<readonly string[]> {
  const kinds = [
    () => jobsOfId(reader, id),
    () => (id.length < PREFIX_LENGTH_MIN ? [] : jobsOfPrefix(reader, id)),
    () => jobsOfId(reader, dashed(id)),
    () => jobsOfId(reader, JOB_TRACE.exec(id)?.[1] ?? ""),
    () => jobsOfTraces(reader, id.toLowerCase()),
  ];
  for (const kind of kinds) {
    const jids = await kind();
    if (jids.length > 0) return jids;
  }
  return [];
}

/** The id itself when it is a jid; the jids it leads to when it is ActiveJob's. */
async function jobsOfId(reader: JobStoreReader, id: string): Promise<readonly string[]> {
  const rows = id === "" ? [] : await reader.findRows(id);
  if (rows.some(isJob)) return [id];
  const aliases = rows.filter(({ role }) => role === "alias").map(({ otherId }) => otherId);
  return aliases.length > 0 ? distinct(aliases) : enqueuedUnder(reader, rows);
}

/** An ActiveJob id of a job that has not run: the jid stands on the push inside ActiveJob's own. */
async function enqueuedUnder(
  reader: JobStoreReader,
  rows: readonly FoundRow[],
): Promise<readonly string[]> {
  const jids: string[] = [];
  for (const row of rows.filter(({ role }) => role === "active_job_enqueue")) {
    const inTrace = await rowsOfTrace(reader, row.traceId);
    const inside = inTrace.filter(
      ({ role, start, end }) => role === "enqueue" && start >= row.start && end <= row.end,
    );
    jids.push(...inside.map(({ jobId }) => jobId));
  }
  return distinct(jids);
}

async function jobsOfPrefix(reader: JobStoreReader, prefix: string): Promise<readonly string[]> {
  const ids = await reader.findJobIds(prefix, MATCHES_MAX);
  const jids: string[] = [];
  for (const id of ids) jids.push(...(await jobsOfId(reader, id)));
  return distinct(jids);
}

async function jobsOfTraces(reader: JobStoreReader, prefix: string): Promise<readonly string[]> {
  if (prefix.length < TRACE_PREFIX_LENGTH_MIN || !/^[0-9a-f]{1,32}$/.test(prefix)) return [];
  const whole = parseTraceId(prefix);
  const traceIds = whole === undefined ? await reader.findTraceIds(prefix, MATCHES_MAX) : [whole];
  const jids: string[] = [];
  for (const traceId of traceIds) {
    jids.push(...(await rowsOfTrace(reader, traceId)).filter(isJob).map(({ jobId }) => jobId));
  }
  return distinct(jids);
}

/** The index leads from a job to its traces; the other way round the trace's batches are indexed again. */
async function rowsOfTrace(reader: JobStoreReader, traceId: TraceId): Promise<readonly FoundRow[]> {
  const rows: FoundRow[] = [];
  for (const lsn of await reader.findTrace(traceId)) {
    const batch = await reader.read(lsn);
    if (batch === undefined) continue;
    for (const row of rowsOf(indexBatch(batch.raw(), batch.signal)))
      if (row.traceId === traceId) rows.push({ ...row, lsn });
  }
  return rows;
}

async function summaries(
  reader: JobStoreReader,
  jids: readonly string[],
): Promise<readonly JobSummary[]> {
  const found: JobSummary[] = [];
  for (const jid of jids) {
    const summary = await summariseJob(reader, await reader.findRows(jid));
    if (summary !== undefined) found.push(summary);
  }
  return found.sort((a, b) => (a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0));
}

function isJob({ role }: FoundRow): boolean {
  return role !== "alias" && role !== "active_job_enqueue";
}

/** A UUID typed without its dashes. */
function dashed(id: string): string {
  const parts =
    /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i.exec(id);
  return parts === null ? "" : parts.slice(1).join("-").toLowerCase();
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
