/** The attributes by which a collector knows a job's spans. */
import type { Attributes } from "@opentelemetry/api";
import type { JobFacts } from "./job-facts.js";

/** On every span of a job. */
export const JID_KEY = "jobtrace.jid";

/** On a span that stands for something that is not over: "start". */
export const RECORD_KEY = "jobtrace.record";

/** On the span that is a run of a job. What is not known is left out. */
export function jobAttributes({ jid, jobClass, queue }: JobFacts): Attributes {
  return {
    [JID_KEY]: jid,
    ...(jobClass === undefined ? {} : { "jobtrace.class": jobClass }),
    ...(queue === undefined ? {} : { "jobtrace.queue": queue }),
  };
}
