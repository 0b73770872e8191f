/**
 * From what a person has in the hand to a job. Kinds of id are tried in a fixed order and the first with a hit wins: first
 * those that the index holds, then those for which the log itself is looked through.
 */
import { jobTraceId } from "../model/document/job-trace-id.js";
import { type Jid, parseJid, parseTraceId, type TraceId } from "../model/ids.js";
import { BATCH_ID } from "../../processor/conventions.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";
import { isJob, jobsOfSpan, jobsOfTrace, rowsOfTrace } from "./jobs-of-trace.js";
import type { JobSummary } from "./job-summary.js";
import { pickId } from "./pick-id.js";
import { type FoundSpan, type LogSearch, type Searched, searchLog } from "./search-log.js";
import { summariseJob } from "./summarise-job.js";
import { parseSelection, type Selection, selectJob } from "./select-job.js";

export type JobLookup =
  | { readonly kind: "found"; readonly jid: Jid }
  /** `via`: the kind of id that matched several. Newest first. */
  | {
      readonly kind: "ambiguous";
      readonly id: string;
      readonly via: string;
      readonly jobs: readonly AmbiguousJob[];
    }
  | UnknownJob
  | { readonly kind: "none_selected"; readonly selection: Selection }
  | { readonly kind: "no_selector"; readonly text: string };

export interface AmbiguousJob extends JobSummary {
  /** The shortest beginning of its jid that no other job of the store has. */
  readonly prefix: string;
}

export interface UnknownJob {
  readonly kind: "unknown";
  readonly id: string;
  /** What of the log was looked through; undefined: only the index was asked. */
  readonly searched?: Searched | undefined;
  /** The id is a span's, or a trace's, of this trace, and the trace is about no job. */
  readonly inTrace?: TraceId | undefined;
}

export interface LookupOptions {
  /** Attributes whose value may be the id. */
  readonly correlationKeys?: readonly string[] | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** A shorter beginning of an id matches too much by chance. Characters. */
export const PREFIX_LENGTH_MIN = 4;
const TRACE_PREFIX_LENGTH_MIN = 8;
/** Jobs that are named where an id leads to several. */
export const MATCHES_MAX = 50;
/** Ids whose hash is compared with an id that may be the trace id of a job with an id of its own. */
const HASHED_MAX = 100_000;

/** Job trace ids begin with "jobt" in ASCII. */
const JOB_TRACE = /^6a6f6274([0-9a-f]{4,24})$/;

export async function lookUpJob(
  reader: JobStoreReader,
  text: string,
  options: LookupOptions = {},
): Promise<JobLookup> {
  const selection = parseSelection(text);
  if (selection === "unknown") return { kind: "no_selector", text: text.trim() };
  if (selection !== undefined) {
    const jid = parseJid((await selectJob(reader, selection, options.onProgress))?.jid ?? "");
    return jid === undefined ? { kind: "none_selected", selection } : { kind: "found", jid };
  }
  const id = pickId(text);
  const hit = await firstHit(reader, id);
  if (hit !== undefined) return answer(reader, id, hit);
  return deepLookup(reader, id, options, false);
}

/** `--trace-id`: only the jobs of this trace. */
export async function lookUpTrace(reader: JobStoreReader, text: string): Promise<JobLookup> {
  const id = pickId(text).toLowerCase();
  const whole = parseTraceId(id);
  const jids = await jobsOfTraces(reader, id);
  const ofJob = jids.length > 0 ? jids : await jobsOfJobTrace(reader, id);
  const hashed = ofJob.length > 0 || whole === undefined ? ofJob : await hashedTo(reader, whole);
  return hashed.length > 0
    ? answer(reader, id, { via: "trace id", jids: hashed })
    : { kind: "unknown", id, inTrace: await knownTrace(reader, id) };
}

/** `--correlation-id`: only the jobs that an attribute with this value leads to. */
export async function lookUpCorrelation(
  reader: JobStoreReader,
  text: string,
  options: LookupOptions,
): Promise<JobLookup> {
  return deepLookup(reader, text.trim(), options, true);
}

interface Hit {
  readonly via: string;
  readonly jids: readonly string[];
}

async function firstHit(reader: JobStoreReader, id: string): Promise<Hit | undefined> {
  const lower = id.toLowerCase();
  const kinds: readonly (readonly [via: string, find: () => Promise<readonly string[]>])[] = [
    ["jid", () => jobsOfId(reader, id)],
    ["jid", () => (lower === id ? Promise.resolve([]) : jobsOfId(reader, lower))],
    ["prefix", () => jobsOfPrefix(reader, id)],
    ["prefix", () => (lower === id ? Promise.resolve([]) : jobsOfPrefix(reader, lower))],
    ["ActiveJob id", () => jobsOfId(reader, dashed(id))],
    ["ActiveJob id", () => jobsOfPrefix(reader, dashedPrefix(id))],
    ["job trace id", () => jobsOfJobTrace(reader, lower)],
    ["trace id", () => jobsOfTraces(reader, lower)],
  ];
  for (const [via, find] of kinds) {
    const jids = await find();
    if (jids.length > 0) return { via, jids };
  }
  return undefined;
}

async function deepLookup(
  reader: JobStoreReader,
  id: string,
  { correlationKeys = [], onProgress }: LookupOptions,
  forcesKeys: boolean,
): Promise<JobLookup> {
  const hashed = forcesKeys ? undefined : parseTraceId(id);
  if (hashed !== undefined) {
    const jids = await hashedTo(reader, hashed);
    if (jids.length > 0) return answer(reader, id, { via: "job trace id", jids });
  }
  const { spans, searched } = await searchLog(reader, id, {
    keys: correlationKeys,
    forcesKeys,
    onProgress: (done, total) => onProgress?.(`looking through batch ${done} of ${total}`),
  });
  const hit = await jobsOfFound(reader, spans);
  if (hit !== undefined) return answer(reader, id, hit);
  const inTrace = spans[0]?.traceId ?? (forcesKeys ? undefined : await knownTrace(reader, id));
  return { kind: "unknown", id, searched, inTrace };
}

/** A span's id before a batch's, that before what applications correlate by. */
async function jobsOfFound(
  reader: JobStoreReader,
  spans: LogSearch["spans"],
): Promise<Hit | undefined> {
  const byKind: readonly (readonly [string, (span: FoundSpan) => boolean])[] = [
    ["span id", ({ key }) => key === "span_id"],
    ["batch id", ({ key }) => BATCH_ID.includes(key)],
    ["", ({ key }) => key !== "span_id" && !BATCH_ID.includes(key)],
  ];
  for (const [via, isKind] of byKind) {
    const found = spans.filter(isKind);
    const jids: string[] = [];
    for (const { traceId, spanId } of found)
      if (jids.length < MATCHES_MAX) jids.push(...(await jobsOfSpan(reader, traceId, spanId)));
    if (jids.length > 0)
      return { via: via === "" ? (found[0]?.key ?? "") : via, jids: distinct(jids) };
  }
  return undefined;
}

async function answer(reader: JobStoreReader, id: string, { via, jids }: Hit): Promise<JobLookup> {
  const [only] = jids;
  const jid = only === undefined ? undefined : parseJid(only);
  if (jids.length === 1 && jid !== undefined) return { kind: "found", jid };
  return { kind: "ambiguous", id, via, jobs: await ambiguousJobs(reader, jids) };
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
  if (prefix.length < PREFIX_LENGTH_MIN) return [];
  const ids = await reader.findJobIds(prefix, MATCHES_MAX);
  const jids: string[] = [];
  for (const id of ids) jids.push(...(await jobsOfId(reader, id)));
  return distinct(jids);
}

/** `6a6f6274` and the jid, or the beginning of it. */
async function jobsOfJobTrace(reader: JobStoreReader, id: string): Promise<readonly string[]> {
  const jid = JOB_TRACE.exec(id)?.[1] ?? "";
  const whole = await jobsOfId(reader, jid);
  return whole.length > 0 ? whole : jobsOfPrefix(reader, jid);
}

async function jobsOfTraces(reader: JobStoreReader, prefix: string): Promise<readonly string[]> {
  const jids: string[] = [];
  for (const traceId of await tracesOf(reader, prefix))
    jids.push(...(await jobsOfTrace(reader, traceId)));
  return distinct(jids);
}

async function tracesOf(reader: JobStoreReader, prefix: string): Promise<readonly TraceId[]> {
  if (prefix.length < TRACE_PREFIX_LENGTH_MIN || !/^[0-9a-f]{1,32}$/.test(prefix)) return [];
  const whole = parseTraceId(prefix);
  return whole === undefined ? reader.findTraceIds(prefix, MATCHES_MAX) : [whole];
}

/** The trace that the id is, or begins, when the store has spans of it. */
async function knownTrace(reader: JobStoreReader, id: string): Promise<TraceId | undefined> {
  for (const traceId of await tracesOf(reader, id.toLowerCase()))
    if ((await reader.findTrace(traceId)).length > 0) return traceId;
  return undefined;
}

/** The trace id of a job whose jid is not of Sidekiq's form is a hash of it. */
async function hashedTo(reader: JobStoreReader, traceId: TraceId): Promise<readonly string[]> {
  let compared = 0;
  for await (const { jobId } of reader.jobs({})) {
    if (!/^[0-9a-f]{24}$/.test(jobId) && jobTraceId(jobId) === traceId) return [jobId];
    if (++compared === HASHED_MAX) return [];
  }
  return [];
}

/** Newest first. */
async function ambiguousJobs(
  reader: JobStoreReader,
  jids: readonly string[],
): Promise<readonly AmbiguousJob[]> {
  const found: AmbiguousJob[] = [];
  for (const jid of jids.slice(0, MATCHES_MAX)) {
    const summary = await summariseJob(reader, (await reader.findRows(jid)).filter(isJob));
    if (summary !== undefined)
      found.push({ ...summary, prefix: await shortestPrefix(reader, jid) });
  }
  return found.sort((a, b) => (a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0));
}

async function shortestPrefix(reader: JobStoreReader, jid: string): Promise<string> {
  for (let length = PREFIX_LENGTH_MIN; length < jid.length; length++) {
    const prefix = jid.slice(0, length);
    if ((await reader.findJobIds(prefix, 2)).length === 1) return prefix;
  }
  return jid;
}

/** A UUID typed without its dashes. */
function dashed(id: string): string {
  const parts =
    /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i.exec(id);
  return parts === null ? "" : parts.slice(1).join("-").toLowerCase();
}

/** The beginning of a UUID without its dashes, which its first eight characters have none of. */
function dashedPrefix(id: string): string {
  if (!/^[0-9a-f]{9,31}$/i.test(id)) return "";
  const groups = [
    id.slice(0, 8),
    id.slice(8, 12),
    id.slice(12, 16),
    id.slice(16, 20),
    id.slice(20),
  ];
  return groups
    .filter((group) => group !== "")
    .join("-")
    .toLowerCase();
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
