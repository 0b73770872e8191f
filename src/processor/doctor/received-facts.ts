/** From the newest spans of a store to what they say of the applications that sent them. */
import { compareVersions } from "../../jobscope/model/doctor/versions.js";
import type { ReceivedFacts } from "../../jobscope/model/doctor/received-facts.js";
import type { JobStoreReader } from "../../jobscope/store/job-store.js";
import { createForest } from "../span-ancestry.js";
import { attemptFacts, strayFacts } from "./attempt-facts.js";
import { clockFacts } from "./clock-facts.js";
import { waitingFacts } from "./push-facts.js";
import { readSeen, type SeenQuestion } from "./read-seen.js";
import { samplingFacts } from "./sampling-facts.js";
import type { SeenSpan } from "./seen-span.js";
import { serviceFacts, silentForks } from "./sender-facts.js";

export async function receivedFacts(
  reader: JobStoreReader,
  question: SeenQuestion,
): Promise<ReceivedFacts> {
  const { spans: read, from, to, batchCount, complete } = await readSeen(reader, question);
  const spans = distinct(read);
  const forest = createForest(spans.map(({ node }) => node));
  const seen = new Map(spans.map((span) => [span.node, span]));
  const pushes = await waitingFacts(reader, spans, forest, seen);
  const nameless = spans.flatMap(({ namelessKeys }) => (namelessKeys ? [namelessKeys] : []));
  const rows = spans.flatMap(({ pgRows }) => (pgRows === undefined ? [] : [pgRows]));
  return {
    from,
    to,
    spanCount: spans.length,
    batchCount,
    complete,
    services: serviceFacts(spans),
    jobCount: new Set(spans.flatMap(({ node: { job } }) => jidOf(job) ?? [])).size,
    activeJobOnly: activeJobOnly(spans),
    attempts: attemptFacts(spans, forest),
    ...pushes,
    rows: { statements: rows.length, withRows: rows.filter(Boolean).length },
    ...strayFacts(spans, forest),
    clocks: clockFacts(spans),
    sampling: samplingFacts(spans),
    withoutJobId: {
      count: nameless.length,
      attributes: [...new Set(nameless.flat())],
    },
    sdkVersions: versionsOf(spans.map(({ sender }) => sender.sdkVersion)),
    sidekiqGems: versionsOf(
      spans.map(({ library, libraryVersion }) =>
        library === "Sidekiq" ? libraryVersion : undefined,
      ),
    ),
    silentForks: silentForks(spans),
    unrecognised: countOf(
      spans.filter(({ isRecognised }) => !isRecognised).map(({ library }) => library),
    ),
  };
}

/** A request that was sent again brings the same spans. */
function distinct(spans: readonly SeenSpan[]): readonly SeenSpan[] {
  const byId = new Map(spans.map((span) => [span.node.traceId + span.node.spanId, span]));
  return [...byId.values()];
}

function jidOf(job: SeenSpan["node"]["job"]): string | undefined {
  return job === undefined || job.role === "active_job_enqueue" ? undefined : job.jid;
}

function activeJobOnly(spans: readonly SeenSpan[]): ReadonlyMap<string, number> {
  const named = new Set<string>();
  const adapters = new Map<string, string>();
  for (const { node, activeJobAdapter } of spans) {
    const jid = jidOf(node.job);
    if (jid === undefined) continue;
    if (activeJobAdapter === undefined) named.add(jid);
    else adapters.set(jid, activeJobAdapter);
  }
  return countOf([...adapters].flatMap(([jid, adapter]) => (named.has(jid) ? [] : [adapter])));
}

export function countOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function versionsOf(texts: readonly (string | undefined)[]): readonly string[] {
  const all = new Set(texts.flatMap((text) => (text === undefined || text === "" ? [] : [text])));
  return [...all].sort(compareVersions);
}
