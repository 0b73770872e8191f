/** Checks of what becomes of jobs: whether they are recognised, whether what is pushed starts. */
import { formatDelay } from "../duration-text.js";
import { change, ok, problem } from "./check.js";
import type { ReceivedCheck } from "./received-checks.js";
import type { WaitingFacts } from "./received-facts.js";
import { counted, serviceName, some } from "./words.js";

const SIDEKIQ_GEM = "opentelemetry-instrumentation-sidekiq";

export const jobs: ReceivedCheck = (facts) => {
  if (facts.jobCount > 0) return ok("jobs", `${counted(facts.jobCount, "job")} recognised`);
  // They have a check of their own.
  if (facts.withoutJobId.count > 0) return undefined;
  const { services, spanCount } = facts;
  const senders = some(services.map(({ name }) => serviceName(name)));
  const libraries = some([...new Set(services.flatMap((service) => service.libraries))], 6);
  const sidekiq = services.find(({ isSidekiqWithoutJobs }) => isSidekiqWithoutJobs);
  return problem("jobs", {
    text: `${counted(spanCount, "span")} from ${senders}${libraries === "" ? "" : `: ${libraries}`}. None from Sidekiq.`,
    details: [
      sidekiq === undefined
        ? "no process that sends was started as sidekiq"
        : `the sidekiq process of ${serviceName(sidekiq.name)} sends spans, and none of a job`,
    ],
    change:
      sidekiq === undefined
        ? change("start", "Sidekiq with the same OTEL_ variables: OTEL_EXPORTER_OTLP_ENDPOINT")
        : change("add", `gem "${SIDEKIQ_GEM}"`),
  });
};

export const withoutJobId: ReceivedCheck = ({
  withoutJobId: { count, attributes },
  sidekiqGems,
}) =>
  count === 0
    ? undefined
    : problem("job_id", {
        text: `${counted(count, "Sidekiq span has", "Sidekiq spans have")} no job id. Attributes seen: ${attributes.length === 0 ? "none" : some(attributes, 12)}`,
        details: ["the job id is looked for in messaging.message_id and messaging.message.id"],
        change: change(
          "send",
          `the job id as messaging.message.id${sidekiqGems.length === 0 ? "" : `, as ${SIDEKIQ_GEM} does from 0.5.0`}`,
        ),
      });

export const activeJobOnly: ReceivedCheck = ({ activeJobOnly: adapters }) => {
  const underSidekiq = adapters.get("sidekiq") ?? 0;
  if (underSidekiq > 0)
    return problem("active_job", {
      text: `${counted(underSidekiq, "job is", "jobs are")} known by ActiveJob only: no jid, no enqueue, no retries`,
      change: change("add", `gem "${SIDEKIQ_GEM}"`),
    });
  const others = [...adapters];
  if (others.length === 0) return undefined;
  const count = others.reduce((sum, [, each]) => sum + each, 0);
  const names = some(others.map(([name]) => name || "not recorded"));
  return ok(
    "active_job",
    `${counted(count, "job")} by ActiveJob alone (adapter ${names}), shown under the ActiveJob id`,
  );
};

/** Named of what waits. */
const GROUPS_MAX = 4;

export const waiting: ReceivedCheck = (facts) => {
  const { waiting: groups, pushers, attempts, services, orphans } = facts;
  const count = groups.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return undefined;
  const [largest] = groups;
  const isNoneStarted = attempts.count === 0;
  const unserved = groups.filter(({ isQueueServed }) => !isQueueServed);
  const queues = [...new Set(unserved.map(({ queue }) => `"${queue}"`))];
  const more = facts.waitingComplete ? "" : " at least";
  const text = isNoneStarted
    ? `${counted(count, "job was", "jobs were")} enqueued by ${some(pushers)}, none started`
    : `${counted(count, "enqueue has", "enqueues have")} no start${more}: ${groups.map(groupText).slice(0, GROUPS_MAX).join("; ")}`;
  const isWorkerThere = services.some(({ roles }) => roles.includes("worker"));
  if (isNoneStarted && !isWorkerThere)
    return problem("starts", {
      text,
      details: [groups.map(groupText).slice(0, GROUPS_MAX).join("; ")],
      change: change("start", "Sidekiq with OTEL_EXPORTER_OTLP_ENDPOINT set"),
    });
  // Of a worker that was killed at its first job no span says which queues it serves.
  if (queues.length === 0 || (isNoneStarted && orphans.length > 0))
    return problem("starts", {
      text,
      details: ["they wait still, or their worker was killed"],
      change: change("see", `jobtrace list --state=queued --queue=${largest?.queue ?? ""}`),
    });
  return problem("starts", {
    text,
    details: [
      `no worker that exports spans has served queue${queues.length > 1 ? "s" : ""} ${some(queues)}`,
    ],
    change: change(
      "set",
      `OTEL_EXPORTER_OTLP_ENDPOINT where the worker of queue ${some(queues)} starts`,
    ),
  });
};

function groupText({ count, jobClass, queue, oldest }: WaitingFacts): string {
  const name = jobClass === "" ? "(class not recorded)" : jobClass;
  return `${count} × ${name}, queue "${queue}", oldest ${formatDelay(Number(oldest))}`;
}

export const scheduled: ReceivedCheck = ({ scheduledWaiting, attempts }) =>
  scheduledWaiting === 0 || attempts.child > 0
    ? undefined
    : ok(
        "scheduled",
        `${counted(scheduledWaiting, "job")} scheduled to run later, not started yet`,
      );

/** With the SDK before 1.5.0 and from 1.2.1 on, what is untraced leaves no span behind. */
export const childLosesRuns: ReceivedCheck = (facts) => {
  const { attempts, scheduledWaiting, sdkVersions } = facts;
  if (attempts.child === 0) return undefined;
  const lost = [
    scheduledWaiting > 0 ? `${counted(scheduledWaiting, "scheduled job")} without a start` : "",
    attempts.lastFailedChild > 0
      ? `${counted(attempts.lastFailedChild, "failed attempt")} without the next`
      : "",
    attempts.withSteps === 0 ? `${counted(attempts.count, "start")} without a step inside` : "",
  ].filter(Boolean);
  if (lost.length === 0) return undefined;
  return problem("propagation_style", {
    text: `propagation_style: :child loses scheduled jobs and retries: ${lost.join(", ")}`,
    details: versionsText(sdkVersions),
    change: change("use", "propagation_style: :link"),
  });
};

export function versionsText(sdkVersions: readonly string[]): readonly string[] {
  return sdkVersions.length === 0 ? [] : [`opentelemetry-sdk ${some(sdkVersions)} seen`];
}
