/** Checks of who sends: services, their names, their clocks, what they leave out. */
import { formatDelay } from "../duration-text.js";
import { change, ok, problem } from "./check.js";
import type { ReceivedCheck } from "./received-checks.js";
import type { ReceivedFacts } from "./received-facts.js";
import { counted, serviceName, some } from "./words.js";

export const services: ReceivedCheck = ({ services: all }) =>
  ok(
    "services",
    `${counted(all.length, "service")}: ${some(
      all.map(({ name, roles }) => {
        const does = roles.length === 0 ? "" : ` (${roles.join(" and ")})`;
        return serviceName(name) + does;
      }),
    )}`,
  );

export const unknownService: ReceivedCheck = ({ services: all }) => {
  const nameless = all.filter(
    ({ name }) => name === undefined || name.startsWith("unknown_service"),
  );
  if (nameless.length === 0) return undefined;
  const spans = nameless.reduce((sum, { spanCount }) => sum + spanCount, 0);
  return problem("service_name", {
    text: `${counted(spans, "span")} from ${some(nameless.map(({ name }) => serviceName(name)))}: the sender has no name`,
    change: change("set", "OTEL_SERVICE_NAME=shop   (the name of your application)"),
  });
};

export const sameName: ReceivedCheck = ({ services: all }) => {
  const shared = all.find(({ hasWebAndWorkerApart }) => hasWebAndWorkerApart);
  return (
    shared &&
    ok(
      "shared_name",
      `web and worker both call themselves "${serviceName(shared.name)}"; that is fine, set OTEL_SERVICE_NAME to tell them apart`,
    )
  );
};

export const silentFork: ReceivedCheck = ({ silentForks }) => {
  const [first] = silentForks;
  if (first === undefined) return undefined;
  const { service, pid, parentPid, silent } = first;
  return problem("fork", {
    text: `${serviceName(service)} pid ${pid} fell silent; its parent pid ${parentPid} has sent for ${formatDelay(Number(silent))} since`,
    details: ["the exporter thread may not survive fork: configure in after_fork / on_worker_boot"],
    change: change("move", "OpenTelemetry::SDK.configure into after_fork / on_worker_boot"),
  });
};

/** Less is what a network adds and takes. */
const CLOCK_TOLERANCE = 5_000_000n;
/** Between a sender and this machine a request may wait, so only a clock ahead can be told, and not by less. */
const AHEAD_MIN = 1_000_000_000n;

export const clocks: ReceivedCheck = ({ clocks: facts }) => {
  if (facts === undefined) return undefined;
  const { shortest, pusher, worker, jobs, jid } = facts;
  if (shortest >= -CLOCK_TOLERANCE)
    return ok("clocks", `clocks: none of ${counted(jobs, "job")} starts before its enqueue`);
  return problem("clocks", {
    text: `clocks: ${worker} is at least ${ms(-shortest)} behind ${pusher}: job ${jid} starts before its enqueue`,
    details: ["times are shown as they were recorded"],
    change: change("sync", `the clock of the host of ${worker} (chrony or ntpd)`),
  });
};

export const clockAhead: ReceivedCheck = ({ services: all }) => {
  const worst = [...all].sort((a, b) => (a.ahead > b.ahead ? -1 : 1))[0];
  if (worst === undefined || worst.ahead < AHEAD_MIN) return undefined;
  return problem("clock_ahead", {
    text: `clocks: ${serviceName(worst.name)} is ${ms(worst.ahead)} ahead of the collector: spans ended after they were received`,
    change: change("sync", `the clock of the host of ${serviceName(worst.name)} (chrony or ntpd)`),
  });
};

function ms(nanos: bigint): string {
  const milliseconds = Number(nanos / 1_000_000n);
  return milliseconds < 1000 ? `${milliseconds}ms` : `${(milliseconds / 1000).toFixed(2)}s`;
}

/** By chance so many traces lie in that part of all ids once in a million stretches. */
const CHANCE_MAX = 1e-6;
/** Below: ids that somebody made up, not a sampler. */
const SHARE_MIN = 1e-4;

export const sampling: ReceivedCheck = ({ sampling: facts }) => {
  const { traces, idShare, linked, unsampled, recordedRatio } = facts;
  const change1 = change("set", "OTEL_TRACES_SAMPLER=parentbased_always_on");
  if (recordedRatio !== undefined)
    return problem("sampling", {
      text: `not every trace is sent (ratio ${recordedRatio} recorded); jobs are missing`,
      change: change1,
    });
  if (idShare >= SHARE_MIN && idShare < 0.9 && idShare ** traces < CHANCE_MAX)
    return problem("sampling", {
      text: `about 1 in ${oneIn(idShare)} traces is sent (traceidratio ${idShare.toPrecision(1)} seen); jobs are missing`,
      details: [
        `all ${counted(traces, "trace")} have ids in the lowest ${(idShare * 100).toFixed(1)}% of ids, as that sampler leaves`,
      ],
      change: change1,
    });
  if (unsampled === 0) return undefined;
  return problem("sampling", {
    text: `${unsampled} of ${counted(linked, "job")} were enqueued in a trace that is not sent; jobs are missing`,
    change: change1,
  });
};

function oneIn(share: number): string {
  const times = 1 / share;
  return times < 3 ? times.toFixed(1).replace(/\.0$/, "") : String(Math.round(times));
}

export const unrecognised: ReceivedCheck = ({ unrecognised: facts }: ReceivedFacts) => {
  const all = [...facts];
  if (all.length === 0) return undefined;
  const count = all.reduce((sum, [, each]) => sum + each, 0);
  return ok(
    "unrecognised",
    `${counted(count, "span")} of libraries jobtrace does not know, shown as "other": ${some(all.map(([name]) => name || "(no name)"))}`,
  );
};
