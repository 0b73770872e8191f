/**
 * Evented profiles for speedscope: each attempt is one, and each track beside it another, because opened frames must be closed
 * in their order. Format: jlfwong/speedscope `src/lib/file-format-spec.ts`. Times are nanoseconds from the attempt's start.
 */
import { safeJson } from "../inspect/safe-text.js";
import type { ExportedJob, ExportOptions } from "./export-format.js";
import { attemptTracks, type Slice, type Track } from "./attempt-tracks.js";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

export async function* writeSpeedscope(
  jobs: AsyncIterable<ExportedJob>,
  { version }: ExportOptions,
): AsyncIterable<string> {
  const frames = createFrames();
  yield `{"$schema":"${SCHEMA}","exporter":${safeJson(`jobtrace ${version}`)},"activeProfileIndex":0,"profiles":[`;
  let comma = "";
  for await (const { document } of jobs) {
    const { class: jobClass, jid } = document.job;
    const title = jobClass ?? "(class not recorded)";
    for (const attempt of document.attempts) {
      const name = `${title} ${jid} attempt ${attempt.number}`;
      for (const [at, track] of attemptTracks(attempt, (offset) => offset).entries()) {
        const profile = at === 0 ? name : `${name}, beside ${at}`;
        yield* profileLines(track, profile, comma, ({ step }) =>
          frames.of(step?.title ?? `${title} attempt ${attempt.number}`),
        );
        comma = ",";
      }
    }
  }
  yield `],"shared":{"frames":[`;
  comma = "";
  for (const title of frames.titles()) {
    yield comma + safeJson({ name: title });
    comma = ",";
  }
  yield "]}}";
}

/** Events of one line of the file. */
const EVENTS_PER_LINE = 1000;

function* profileLines(
  track: Track,
  name: string,
  comma: string,
  frameOf: (slice: Slice) => number,
): Iterable<string> {
  const head = { type: "evented", name, unit: "nanoseconds", ...span(track) };
  yield `${comma}${safeJson(head).slice(0, -1)},"events":[`;
  let before = "";
  let waiting: string[] = [];
  for (const event of eventsOf(track, frameOf)) {
    waiting.push(JSON.stringify(event));
    if (waiting.length < EVENTS_PER_LINE) continue;
    yield before + waiting.join(",");
    before = ",";
    waiting = [];
  }
  if (waiting.length > 0) yield before + waiting.join(",");
  yield "]}";
}

function span({ slices }: Track): { readonly startValue: number; readonly endValue: number } {
  const startValue = slices[0]?.start ?? 0;
  let endValue = startValue;
  for (const { end } of slices) endValue = Math.max(endValue, end);
  return { startValue, endValue };
}

/** Slices of a track nest, so what is open closes before anything that begins later opens. */
function* eventsOf({ slices }: Track, frameOf: (slice: Slice) => number): Iterable<unknown> {
  const open: Slice[] = [];
  const close = function* (until: number, isInside: (outer: Slice) => boolean): Iterable<unknown> {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (last.end > until || isInside(last)) return;
      yield { type: "C", at: last.end, frame: frameOf(last) };
      open.pop();
    }
  };
  for (const slice of slices) {
    // One without a length may stand at the very end of the one around it.
    yield* close(
      slice.start,
      (outer) => outer.end === slice.start && slice.end === slice.start && isParent(outer, slice),
    );
    yield { type: "O", at: slice.start, frame: frameOf(slice) };
    open.push(slice);
  }
  yield* close(Number.POSITIVE_INFINITY, () => false);
}

function isParent(outer: Slice, { step }: Slice): boolean {
  return outer.step === undefined || outer.step.id === step?.parent_id;
}

interface Frames {
  of(title: string): number;
  titles(): Iterable<string>;
}

function createFrames(): Frames {
  const numbers = new Map<string, number>();
  return {
    of(title) {
      const known = numbers.get(title) ?? numbers.size;
      numbers.set(title, known);
      return known;
    },
    titles: () => numbers.keys(),
  };
}
