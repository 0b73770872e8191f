/** Of the attempts: whether their steps and their job ids arrive, and what is left without the span above it. */
import type {
  AttemptFacts,
  OrphanTraceFacts,
  ReceivedFacts,
} from "../../jobscope/model/doctor/received-facts.js";
import { isInterruption } from "../../jobscope/model/errors/interruption.js";
import { grouped } from "../../jobscope/model/grouped.js";
import type { UnixNano } from "../../jobscope/model/time.js";
import type { ScannedNode } from "../scanned-nodes.js";
import { attemptJid, type Forest } from "../span-ancestry.js";
import type { SeenSpan } from "./seen-span.js";
import { isSidekiq, rolesOf } from "./sender-facts.js";

export function attemptFacts(
  spans: readonly SeenSpan[],
  forest: Forest<ScannedNode>,
): AttemptFacts {
  const attempts = spans.filter(({ node }) => node.job?.role === "attempt");
  const withSteps = new Set<ScannedNode>();
  const unstamped = new Set<ScannedNode>();
  for (const { node } of spans) {
    // ActiveJob's and the push that an attempt makes name a job of themselves: they are no steps.
    const owner =
      node.job === undefined || node.job.role === "member" ? forest.ownerOf(node) : undefined;
    if (owner?.kind !== "attempt") continue;
    withSteps.add(owner.node);
    if (node.stamp === undefined) unstamped.add(owner.node);
  }
  const isChild = ({ node }: SeenSpan): boolean => node.parentSpanId !== undefined;
  const latest = new Map<string, UnixNano>();
  for (const { node } of attempts) {
    const jid = attemptJid(node) ?? "";
    const known = latest.get(jid);
    if (known === undefined || node.start > known) latest.set(jid, node.start);
  }
  return {
    count: attempts.length,
    withSteps: withSteps.size,
    stamped: [...withSteps].filter((node) => !unstamped.has(node)).length,
    child: attempts.filter(isChild).length,
    lastFailedChild: attempts.filter(
      (span) =>
        isChild(span) &&
        span.errorClass !== "" &&
        !isInterruption(span.errorClass) &&
        latest.get(attemptJid(span.node) ?? "") === span.node.start,
    ).length,
  };
}

/** Traces named, the newest first. */
const ORPHANS_MAX = 20;

export function strayFacts(
  spans: readonly SeenSpan[],
  forest: Forest<ScannedNode>,
): Pick<ReceivedFacts, "lostFirst" | "orphans"> {
  const workers = new Set(
    [...grouped(spans, ({ node }) => node.sender)]
      .filter(([, own]) => rolesOf(own).has("worker") || isSidekiq(own[0]?.sender))
      .map(([sender]) => sender),
  );
  const lost = new Map<ScannedNode, number>();
  const orphans: OrphanTraceFacts[] = [];
  for (const [traceId, all] of grouped(spans, ({ node }) => node.traceId)) {
    const strays = all.filter(
      ({ node }) => forest.ownerOf(node).kind === "missing" && workers.has(node.sender),
    );
    const attempts = all.map(({ node }) => node).filter((node) => attemptJid(node) !== undefined);
    const homeless = strays.filter((stray) => !countLost(stray.node, attempts, lost));
    const [first] = homeless;
    if (first === undefined || homeless.some(namesJob)) continue;
    orphans.push({
      traceId,
      spanCount: homeless.length,
      from: homeless.reduce(
        (at, { node }) => (node.start < at ? node.start : at),
        first.node.start,
      ),
      to: homeless.reduce((at, { node }) => (node.end > at ? node.end : at), first.node.end),
      pid: first.sender.pid,
    });
  }
  const sizes = sizesOf(spans, forest, lost);
  return {
    lostFirst: { jobs: lost.size, largest: Math.max(0, ...sizes) },
    orphans: orphans.sort((a, b) => (a.to > b.to ? -1 : 1)).slice(0, ORPHANS_MAX),
  };
}

/** A push is found by its jid; what is beside it is of who pushed. */
function namesJob({ node }: SeenSpan): boolean {
  return node.stamp !== undefined || node.job !== undefined;
}

/** false: it began in no attempt of its process in this trace. */
function countLost(
  stray: ScannedNode,
  attempts: readonly ScannedNode[],
  lost: Map<ScannedNode, number>,
): boolean {
  const owner = attempts.find(
    ({ sender, start, end }) =>
      sender === stray.sender && start <= stray.start && stray.start <= end,
  );
  if (owner === undefined) return false;
  lost.set(owner, (lost.get(owner) ?? 0) + 1);
  return true;
}

/** Spans received of each attempt that lost some. */
function sizesOf(
  spans: readonly SeenSpan[],
  forest: Forest<ScannedNode>,
  lost: ReadonlyMap<ScannedNode, number>,
): readonly number[] {
  const sizes = new Map(lost);
  for (const { node } of spans) {
    const owner = forest.ownerOf(node);
    if (owner.kind !== "attempt") continue;
    const size = sizes.get(owner.node);
    if (size !== undefined) sizes.set(owner.node, size + 1);
  }
  return [...sizes.values()];
}
