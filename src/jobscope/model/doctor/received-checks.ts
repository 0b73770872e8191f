/** Every check of the received spans, in the order they are printed. Each looks at the facts and says at most one thing. */
import { type Check, broken, change } from "./check.js";
import {
  lostFirst,
  noSteps,
  orphans,
  rowCounts,
  stamps,
  wrongEnqueuedAt,
} from "./attempt-checks.js";
import type { ReceivedFacts } from "./received-facts.js";
import {
  clockAhead,
  clocks,
  sameName,
  sampling,
  services,
  silentFork,
  unknownService,
  unrecognised,
} from "./sender-checks.js";
import {
  activeJobOnly,
  childLosesRuns,
  jobs,
  scheduled,
  waiting,
  withoutJobId,
} from "./start-checks.js";

/** undefined: there is nothing to say. */
export type ReceivedCheck = (facts: ReceivedFacts) => Check | undefined;

const CHECKS: readonly ReceivedCheck[] = [
  services,
  sameName,
  unknownService,
  jobs,
  withoutJobId,
  activeJobOnly,
  noSteps,
  rowCounts,
  stamps,
  waiting,
  scheduled,
  childLosesRuns,
  lostFirst,
  orphans,
  wrongEnqueuedAt,
  silentFork,
  clocks,
  clockAhead,
  sampling,
  unrecognised,
];

export function checkReceived(facts: ReceivedFacts): readonly Check[] {
  if (facts.spanCount === 0) return [nothingReceived()];
  return CHECKS.map((check) => check(facts)).filter((check) => check !== undefined);
}

function nothingReceived(): Check {
  return broken("received", {
    text: "Nothing received. Ruby's exporter speaks http/protobuf only: unset OTEL_EXPORTER_OTLP_PROTOCOL",
    details: [
      "env | grep OTEL, where Sidekiq starts, shows what is set: OTEL_EXPORTER_OTLP_ENDPOINT has to be",
    ],
    change: change("unset", "OTEL_EXPORTER_OTLP_PROTOCOL"),
  });
}
