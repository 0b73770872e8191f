/** A job that has started, as its start record says, and has not ended. */
import type { SpanFacts } from "../otlp-request.js";
import {
  attemptSpans,
  clock,
  type Mockup,
  returned,
  status,
  workerRequest,
} from "./mockup-spans.js";

const JID = "0b52c7e11f9d4a6688c0d3fe";

function spans(): readonly SpanFacts[] {
  const { sql, http, redis, other } = attemptSpans({
    jid: JID,
    jobClass: "RebuildIndexJob",
    tag: "b001",
    start: clock("10:00:00.000"),
  });
  return [
    other(0, 0, "jobtrace", "jobtrace.start", {
      attributes: {
        "jobtrace.class": "RebuildIndexJob",
        "jobtrace.queue": "default",
        "jobtrace.worker": "worker-7:4121",
        "jobtrace.retry": "true",
      },
    }),
    sql(4, 212, "SELECT * FROM products WHERE shop_id=12", returned(4100)),
    ...Array.from({ length: 41 }, (_, at) =>
      http(
        240 + at * 3660,
        at === 17 ? 3655 : 3600 + at,
        "POST",
        "https://search.internal/_bulk",
        status(200),
      ),
    ),
    redis(151_000, 0.4, "SET index:12:cursor ?"),
  ].map((span) => ({ ...span, attributes: { ...span.attributes, "jobtrace.jid": JID } }));
}

/** Jobs of the same class that ended earlier: what this one can be measured by. */
function earlier(): readonly SpanFacts[] {
  return [38_000, 35_200, 125_000].map((took, at) => {
    const { root } = attemptSpans({
      jid: `0b52c7e11f9d4a6688c0d00${at}`,
      jobClass: "RebuildIndexJob",
      tag: `b01${at}`,
      start: clock(`0${6 + at}:00:00.000`),
    });
    return root(took);
  });
}

export const running: Mockup = {
  jid: JID,
  bodies: [
    workerRequest([...earlier(), ...spans()], { host: "worker-7", pid: 4121, thread: "2xk" }),
  ],
};
