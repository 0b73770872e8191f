/**
 * Trace Event Format, for Perfetto and chrome://tracing: each job is a process, with its waits on one track and each attempt
 * on another, and on more where steps ran side by side. Arrows go from an enqueue to what it enqueued, where both are in the
 * file, and from each wait to the attempt that ended it.
 *
 * Slices of a track must nest ("Trace Event Format", complete events; Perfetto's FAQ, "overlapping events"). Times are whole
 * microseconds since 1970: a double holds those exactly.
 */
import { safeJson } from "../inspect/safe-text.js";
import type { Ns } from "../model/document-units.js";
import type { Attempt, JobDocument } from "../model/job-document.js";
import type { Step } from "../model/step-document.js";
import { parseInstant } from "../model/time.js";
import { attemptTracks, isSlice, type Slice } from "./attempt-tracks.js";
import { type JobWait, jobWaits } from "./job-waits.js";
import type { ExportedJob, ExportOptions } from "./export-format.js";

export async function* writeChrome(
  jobs: AsyncIterable<ExportedJob>,
  { version }: ExportOptions,
): AsyncIterable<string> {
  yield `{"displayTimeUnit":"ns","otherData":${safeJson({ exporter: `jobtrace ${version}` })},"traceEvents":[`;
  const arrows = createArrows();
  let pid = 0;
  let comma = "";
  for await (const { document } of jobs) {
    pid++;
    for (const event of jobEvents(document, pid, arrows)) {
      yield comma + safeJson(event);
      comma = ",";
    }
  }
  for (const event of arrows.events()) {
    yield comma + safeJson(event);
    comma = ",";
  }
  yield "]}";
}

function* jobEvents(document: JobDocument, pid: number, arrows: Arrows): Iterable<unknown> {
  const { job } = document;
  const drawn = drawJob(document, pid);
  const place = { pid, tid: 1 };
  const name = `${job.class ?? "(class not recorded)"} ${job.jid}`;
  yield meta("process_name", place, { name });
  yield meta("process_sort_index", place, { sort_index: pid });
  for (const [tid, title] of drawn.titles) {
    yield meta("thread_name", { pid, tid }, { name: title });
    yield meta("thread_sort_index", { pid, tid }, { sort_index: tid });
  }
  for (const attempt of drawn.attempts) yield* attemptEvents(attempt, arrows);
  yield* waitEvents(job.jid, drawn, arrows);
}

interface DrawnAttempt {
  readonly attempt: Attempt;
  readonly clock: (offset: Ns) => number;
  readonly tracks: readonly { readonly slices: readonly Slice[]; readonly place: Place }[];
  /** Of the attempt's own slice. */
  readonly start: Point;
}

interface DrawnJob {
  readonly attempts: readonly DrawnAttempt[];
  readonly waits: readonly { readonly wait: JobWait; readonly start: Point }[];
  /** By tid. */
  readonly titles: ReadonlyMap<number, string>;
}

/** The queue first, then the attempts. */
function drawJob(document: JobDocument, pid: number): DrawnJob {
  const titles = new Map<number, string>();
  const newTrack = (title: string): Place => {
    const tid = titles.size + 1;
    titles.set(tid, title);
    return { pid, tid };
  };
  const queues: Place[] = [];
  const waits = jobWaits(document).map((wait) => {
    const place = (queues[wait.lane] ??= newTrack(`queue${beside(wait.lane)}`));
    return { wait, start: { ...place, ts: microseconds(wait.from) } };
  });
  const attempts = document.attempts.map((attempt) => {
    const clock = clockOf(attempt);
    const tracks = attemptTracks(attempt, clock).map(({ slices }, at) => ({
      slices,
      place: newTrack(`attempt ${attempt.number}${beside(at)}`),
    }));
    const place = tracks[0]?.place ?? newTrack(`attempt ${attempt.number}`);
    return { attempt, clock, tracks, start: { ...place, ts: clock(0) } };
  });
  return { attempts, waits, titles };
}

function beside(at: number): string {
  return at === 0 ? "" : `, beside ${at}`;
}

function* attemptEvents(
  { attempt, clock, tracks, start }: DrawnAttempt,
  arrows: Arrows,
): Iterable<unknown> {
  for (const { slices, place } of tracks) {
    for (const slice of slices) {
      yield sliceEvent(slice, attempt, place);
      const detail = slice.step?.detail;
      if (detail?.type === "enqueue") arrows.from(detail.jid, { ...place, ts: slice.start });
    }
  }
  const { pid, tid } = start;
  for (const step of attempt.steps)
    if (!isSlice(step)) yield momentEvent(step, clock(step.offset_ns), { pid, tid });
}

function* waitEvents(
  jid: string,
  { attempts, waits }: DrawnJob,
  arrows: Arrows,
): Iterable<unknown> {
  for (const { wait, start } of waits) {
    const dur = microseconds(wait.to) - start.ts;
    yield { name: wait.title, cat: wait.kind, ph: "X", dur, ...start, args: {} };
    const after = attempts.find(({ attempt }) => attempt.number === wait.attempt);
    if (wait.kind === "queue" && after !== undefined)
      yield* arrow(`${jid}/${wait.attempt}`, start, after.start);
  }
  const head = waits.find(({ wait }) => wait.kind === "queue" && wait.attempt === 1);
  const first = head?.start ?? attempts[0]?.start;
  if (first !== undefined) arrows.to(jid, first);
}

interface Place {
  readonly pid: number;
  readonly tid: number;
}

interface Point extends Place {
  readonly ts: number;
}

function meta(name: string, place: Place, args: object): unknown {
  return { name, ph: "M", ts: 0, ...place, args };
}

/** Nanoseconds from the attempt's start → microseconds since 1970. Rounding down keeps the order, so what nests still does. */
function clockOf({ started_at: start }: Attempt): (offset: Ns) => number {
  const nanos = parseInstant(start);
  const base = Number(nanos / 1000n);
  const rest = Number(nanos % 1000n);
  return (offset) => base + Math.floor((rest + offset) / 1000);
}

function microseconds(instant: string): number {
  return Number(parseInstant(instant) / 1000n);
}

function sliceEvent({ step, start, end }: Slice, attempt: Attempt, place: Place): unknown {
  const times = { ph: "X", ts: start, dur: end - start, ...place };
  if (step !== undefined) return { name: step.title, cat: step.kind, ...times, args: argsOf(step) };
  const { number, state, error, root_span_id: spanId } = attempt;
  return {
    name: `attempt ${number}`,
    cat: "attempt",
    ...times,
    args: {
      state,
      error: error === null ? null : `${error.class}: ${error.message}`,
      span_id: spanId,
    },
  };
}

function momentEvent(step: Step, ts: number, place: Place): unknown {
  return { name: step.title, cat: step.kind, ph: "i", s: "t", ts, ...place, args: argsOf(step) };
}

function argsOf({ id, result, status, detail, notes }: Step): object {
  return {
    id,
    result,
    status,
    ...(detail?.type === "db" ? { text: detail.text, outcome: detail.outcome } : {}),
    ...(detail?.type === "http" ? { url: detail.url, status_code: detail.status } : {}),
    ...(detail?.type === "enqueue" ? { jid: detail.jid } : {}),
    ...(notes.length === 0 ? {} : { notes: notes.map(({ text }) => text) }),
  };
}

/** `bp`: it ends at the slice around that point, not at the next one. */
function* arrow(id: string, from: Point, to: Point): Iterable<unknown> {
  const flow = { name: "enqueue", cat: "enqueue", id };
  yield { ...flow, ph: "s", ...from };
  yield { ...flow, ph: "f", bp: "e", ...to };
}

/** Jobs that are remembered to draw arrows between them. */
const REMEMBERED_MAX = 100_000;

interface Arrows {
  from(jid: string, point: Point): void;
  to(jid: string, point: Point): void;
  events(): Iterable<unknown>;
}

function createArrows(): Arrows {
  const from = new Map<string, Point>();
  const to = new Map<string, Point>();
  const remember = (points: Map<string, Point>) => (jid: string, point: Point) => {
    if (points.size < REMEMBERED_MAX) points.set(jid, point);
  };
  return {
    from: remember(from),
    to: remember(to),
    *events() {
      for (const [jid, start] of from) {
        const end = to.get(jid);
        if (end !== undefined) yield* arrow(jid, start, end);
      }
    },
  };
}
