/** Streams of jobs, each by falling `latest`, as one. */
import type { JobCandidate } from "./job-store.js";

interface Stream {
  readonly rest: Iterator<JobCandidate>;
  next: JobCandidate;
}

/** A job that is in several streams comes several times. What a stream throws is thrown. */
export function* mergeJobs(streams: readonly Iterable<JobCandidate>[]): Iterable<JobCandidate> {
  const heads: Stream[] = [];
  for (const stream of streams) {
    const rest = stream[Symbol.iterator]();
    const first = rest.next();
    if (first.done !== true) heads.push({ rest, next: first.value });
  }
  for (let head = newestOf(heads); head !== undefined; head = newestOf(heads)) {
    yield head.next;
    const next = head.rest.next();
    if (next.done === true) heads.splice(heads.indexOf(head), 1);
    else head.next = next.value;
  }
}

/** There are few streams, so looking at all of them costs less than keeping them in order. */
function newestOf(heads: readonly Stream[]): Stream | undefined {
  let newest = heads[0];
  for (const head of heads)
    if (newest !== undefined && head.next.latest > newest.next.latest) newest = head;
  return newest;
}
