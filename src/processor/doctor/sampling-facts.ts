/** Signs that not every trace is sent. */
import type { ReceivedFacts } from "../../jobscope/model/doctor/received-facts.js";
import type { SeenSpan } from "./seen-span.js";

/** Of the half of a trace id that ratio samplers look at. */
const ID_RANGE = 2 ** 64;

export function samplingFacts(spans: readonly SeenSpan[]): ReceivedFacts["sampling"] {
  // TraceIdRatioBased keeps the ids whose second half is below the ratio's part of all (OpenTelemetry SDKs).
  const traces = new Set(
    spans.filter(({ node }) => node.parentSpanId === undefined).map(({ node }) => node.traceId),
  );
  let highest = 0;
  for (const traceId of traces)
    highest = Math.max(highest, Number(BigInt(`0x${traceId.slice(16)}`)) / ID_RANGE);
  const linked = spans.flatMap(({ linkSampled }) =>
    linkSampled === undefined ? [] : [linkSampled],
  );
  return {
    traces: traces.size,
    idShare: highest,
    linked: linked.length,
    unsampled: linked.filter((sampled) => !sampled).length,
    recordedRatio: spans.find(({ ratio }) => ratio !== undefined && ratio !== "1")?.ratio,
  };
}
