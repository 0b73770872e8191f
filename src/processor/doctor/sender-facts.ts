/** Which services send, what each of them does, and which process fell silent. */
import type { Role, ServiceFacts, SilentFork } from "../../jobscope/model/doctor/received-facts.js";
import { grouped } from "../../jobscope/model/grouped.js";
import { between, durationNano, type UnixNano } from "../../jobscope/model/time.js";
import type { SeenSpan, SenderFacts } from "./seen-span.js";

const ROLES: readonly Role[] = ["web", "worker", "client"];
/** Named of each service. */
const LIBRARIES_MAX = 6;

/** By number of spans. */
export function serviceFacts(spans: readonly SeenSpan[]): readonly ServiceFacts[] {
  return [...grouped(spans, ({ sender }) => sender.service)]
    .map(([name, own]) => serviceOf(name, own))
    .sort((a, b) => b.spanCount - a.spanCount || ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
}

function serviceOf(name: string | undefined, spans: readonly SeenSpan[]): ServiceFacts {
  const processes = [...grouped(spans, ({ node }) => node.sender).values()].map((own) => {
    const roles = rolesOf(own);
    return { isSidekiqWithoutJobs: isSidekiq(own[0]?.sender) && !roles.has("worker"), roles };
  });
  const roles = ROLES.filter((role) =>
    processes.some(
      (process) => process.roles.has(role) || (role === "worker" && process.isSidekiqWithoutJobs),
    ),
  );
  const isBoth = processes.some(({ roles: own }) => own.has("web") && own.has("worker"));
  const libraries = spans.flatMap(({ library }) => (library === "" ? [] : [library]));
  return {
    name,
    spanCount: spans.length,
    roles,
    hasWebAndWorkerApart: roles.includes("web") && roles.includes("worker") && !isBoth,
    isSidekiqWithoutJobs: processes.some((process) => process.isSidekiqWithoutJobs),
    libraries: [...new Set(libraries)].sort().slice(0, LIBRARIES_MAX),
    ahead: durationNano(
      spans.reduce((most, { node, receivedAt }) => {
        const ahead = node.end - receivedAt;
        return ahead > most ? ahead : most;
      }, 0n),
    ),
  };
}

export function isSidekiq(sender: SenderFacts | undefined): boolean {
  return /(^|[\s/])sidekiq(swarm)?(\s|$)/.test(sender?.command ?? "");
}

/** What a process was seen doing. One that only pushes is a client of the job system: a script, a console. */
export function rolesOf(spans: readonly SeenSpan[]): ReadonlySet<Role> {
  const roles = new Set<Role>();
  for (const { node } of spans) {
    if (node.isServer) roles.add("web");
    const role = node.job?.role;
    if (role === "attempt" || role === "active_job_attempt" || role === "start")
      roles.add("worker");
  }
  if (roles.size === 0 && spans.some(({ node }) => node.job?.role === "enqueue"))
    roles.add("client");
  return roles;
}

/** A parent that sends and a child that does not any more: an exporter's thread does not live through a fork. */
const SILENT_AFTER = 60_000_000_000n;

export function silentForks(spans: readonly SeenSpan[]): readonly SilentFork[] {
  const last = new Map<string, { readonly sender: SenderFacts; readonly at: UnixNano }>();
  for (const { sender, receivedAt } of spans) {
    const key = keyOf(sender.service, sender.pid);
    const known = last.get(key);
    if (known === undefined || receivedAt > known.at) last.set(key, { sender, at: receivedAt });
  }
  return [...last.values()].flatMap(({ sender, at }) => {
    const { service, pid, parentPid } = sender;
    const parent = parentPid === undefined ? undefined : last.get(keyOf(service, parentPid));
    if (pid === undefined || parentPid === undefined || parent === undefined) return [];
    const silent = between(at, parent.at);
    return silent >= SILENT_AFTER ? [{ service, pid, parentPid, silent }] : [];
  });
}

function keyOf(service: string | undefined, pid: string | undefined): string {
  return JSON.stringify([service, pid]);
}
