/** One HTTP call is one line: the connection it opened, and the library that made it for another one, are part of it. */
import { type Interval, unionLength } from "../intervals.js";
import { type Span, textAttribute } from "../span.js";
import { between, durationNano, NANOS_PER_MS } from "../time.js";
import type { DraftStep } from "./draft-step.js";
import { type Merging, nextSibling } from "./merging.js";

/** A connection that took longer is worth its own line. */
const CONNECT_MERGED_MAX = durationNano(100n * NANOS_PER_MS);

/** Between a library's span and that of the one it uses there are a few of middleware. */
const NESTED_MAX = 8;

export function mergeHttp(merging: Merging): void {
  mergeConnects(merging);
  mergeNested(merging);
}

function mergeConnects({ families, forest, draftOf, into, change }: Merging): void {
  const opened = new Map<DraftStep, Interval[]>();
  for (const family of families) {
    for (const [at, draft] of family.entries()) {
      const { span } = draft;
      if (!isConnect(draft) || between(span.start, span.end) > CONNECT_MERGED_MAX || draft.error)
        continue;
      const parent = forest.parentOf(span);
      const outer = parent && draftOf(parent);
      const request =
        nextSibling(family, at, (next) => isRequestTo(next, span)) ??
        (outer !== undefined && isRequestTo(outer, span) ? outer : undefined);
      if (request === undefined) continue;
      into(span, request.span);
      const intervals = opened.get(request) ?? [];
      const from = Number(between(request.span.start, span.start));
      intervals.push([from, from + Number(between(span.start, span.end))]);
      opened.set(request, intervals);
    }
  }
  for (const [request, intervals] of opened) {
    if (request.detail?.type === "http")
      change(request, { detail: { ...request.detail, connect_ns: unionLength(intervals) } });
  }
}

/** Only the opening of a connection is an HTTP step without a call. */
function isConnect({ kind, detail }: DraftStep): boolean {
  return kind === "http" && detail === null;
}

function isRequestTo({ detail }: DraftStep, connect: Span): boolean {
  const host = textAttribute(connect.attributes, "server.address", "net.peer.name");
  return detail?.type === "http" && (host === undefined || detail.host === host);
}

function mergeNested({ drafts, forest, draftOf, into }: Merging): void {
  for (const draft of drafts) {
    if (draft.detail?.type !== "http") continue;
    let above = forest.parentOf(draft.span);
    // A server's span is another program, whose calls are its own.
    for (let climbed = 0; above !== undefined && above.kind !== "server"; climbed++) {
      if (climbed === NESTED_MAX) break;
      const outer = draftOf(above);
      if (outer !== undefined && isSameCall(outer, draft)) {
        into(above, draft.span);
        break;
      }
      above = forest.parentOf(above);
    }
  }
}

function isSameCall(outer: DraftStep, inner: DraftStep): boolean {
  if (outer.detail?.type !== "http" || inner.detail?.type !== "http") return false;
  return outer.detail.method === inner.detail.method && outer.detail.host === inner.detail.host;
}
