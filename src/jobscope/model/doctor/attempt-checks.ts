/** Checks of what is inside a job: steps, rows, job ids on them, spans that were lost. */
import { countText } from "../count-text.js";
import { formatInstant } from "../time.js";
import { change, problem } from "./check.js";
import type { ReceivedCheck } from "./received-checks.js";
import { versionsText } from "./start-checks.js";
import { compareVersions, hasWrongEnqueuedAt } from "./versions.js";
import { counted, some } from "./words.js";

const INITIALIZER = change("add", "config/initializers/jobtrace.rb   (jobtrace help ruby)");

/** The SDK's untraced block ended the spans of whole jobs, until the gem worked around it. */
const UNTRACED_SDK = "1.2.1";
const UNTRACED_MENDED = "0.24.4";

export const noSteps: ReceivedCheck = ({ attempts, sdkVersions, sidekiqGems }) => {
  if (attempts.count === 0 || attempts.withSteps > 0 || attempts.child > 0) return undefined;
  const text = `no step was recorded inside ${counted(attempts.count, "attempt")}`;
  const oldGems = sidekiqGems.filter((gem) => compareVersions(gem, UNTRACED_MENDED) < 0);
  const hitSdks = sdkVersions.filter((sdk) => compareVersions(sdk, UNTRACED_SDK) >= 0);
  if (oldGems.length > 0 && hitSdks.length > 0)
    return problem("steps", {
      text,
      details: [
        ...versionsText(hitSdks),
        `opentelemetry-instrumentation-sidekiq ${some(oldGems)} leaves jobs untraced with it`,
      ],
      change: change(
        "update",
        `opentelemetry-instrumentation-sidekiq to ${UNTRACED_MENDED} or later`,
      ),
    });
  return problem("steps", {
    text,
    details: ["no instrumentation of a database, HTTP client or Redis has sent a span there"],
    change: change("add", 'gem "opentelemetry-instrumentation-all" and c.use_all'),
  });
};

export const rowCounts: ReceivedCheck = ({ rows }) =>
  rows.statements === 0 || rows.withRows > 0
    ? undefined
    : problem("rows", {
        text: "no row counts from PG",
        change: change(
          "add",
          '"OpenTelemetry::Instrumentation::PG" =>',
          "  { db_response_affected_rows: true }",
        ),
      });

export const stamps: ReceivedCheck = ({ attempts }) =>
  attempts.withSteps === 0 || attempts.stamped > 0
    ? undefined
    : problem("stamps", {
        text: "no jid on inner spans: a killed worker cannot be seen",
        change: INITIALIZER,
      });

/** Room for several such jobs at once. */
function queueSizeFor(spans: number): number {
  return Math.max(10_000, Math.ceil((spans * 4) / 10_000) * 10_000);
}

export const lostFirst: ReceivedCheck = ({ lostFirst: { jobs, largest } }) =>
  jobs === 0
    ? undefined
    : problem("lost_spans", {
        text: `${counted(jobs, "job lost its", "jobs lost their")} first spans (${countText(largest)} spans in one job)`,
        details: ["a Ruby process holds 2,048 spans and drops the oldest when there are more"],
        change: change("set", `OTEL_BSP_MAX_QUEUE_SIZE=${queueSizeFor(largest)}`),
      });

export const orphans: ReceivedCheck = ({ orphans: all }) => {
  if (all.length === 0) return undefined;
  const [first] = all;
  const spans = all.reduce((sum, { spanCount }) => sum + spanCount, 0);
  const where =
    first === undefined
      ? ""
      : ` (${all.length > 1 ? "newest " : ""}${first.traceId.slice(0, 8)}…, ${clock(first.from)} to ${clock(first.to)} UTC${first.pid === undefined ? "" : `, worker pid ${first.pid}`})`;
  return problem("orphans", {
    text: `${counted(all.length, "trace")}, ${counted(spans, "span")}, ${all.length === 1 ? "belongs" : "belong"} to no job${where}`,
    details: ["the span that names the job did not come: it is running, or its worker was killed"],
    change: INITIALIZER,
  });
};

function clock(at: Parameters<typeof formatInstant>[0]): string {
  return formatInstant(at).slice(11, 19);
}

export const wrongEnqueuedAt: ReceivedCheck = ({ sidekiqGems }) => {
  const wrong = sidekiqGems.filter(hasWrongEnqueuedAt);
  return wrong.length === 0
    ? undefined
    : problem("enqueued_at", {
        text: `opentelemetry-instrumentation-sidekiq ${some(wrong)} records a wrong enqueued_at: waits are unknown`,
        change: change("update", "opentelemetry-instrumentation-sidekiq to 0.28.1 or later"),
      });
};
