/** `jobtrace help ids`. */
import { SELECTORS } from "../../jobscope/inspect/select-job.js";
import { DEFAULT_RULES } from "../../jobscope/model/surroundings.js";

const SELECTED: Readonly<Record<(typeof SELECTORS)[number], readonly [string, string]>> = {
  "@last": ["@last:ChargeJob", "the newest job, of a class; * in it stands for anything"],
  "@failed": ["@failed:Charge*", "the newest that failed"],
  "@slowest": ["@slowest:ChargeJob", "the one whose last attempt took longest"],
};

export function idsTopic(): string {
  const selectors = SELECTORS.map((selector) => {
    const [example, text] = SELECTED[selector];
    return `  ${`${selector}, ${example}`.padEnd(30)}${text}`;
  });
  return `An <id> is tried as these, in order; the first kind with a hit wins:

  1. a jid, whole
  2. the beginning of a jid or ActiveJob id, 4 characters or more
  3. an ActiveJob id (a UUID, with or without dashes)
  4. the job's trace id in Jaeger: 6a6f6274 and the jid
  5. a trace id of any of its spans, or 8 characters or more of its beginning
  6. a span id (16 hex digits)
  7. the id of a batch of Sidekiq Pro, where a span carries it as bid
  8. the value of an attribute that the application correlates by:
     ${DEFAULT_RULES.correlationKeys.join(", ")},
     or what correlation_keys in the configuration file names

For 6 to 8 the newest 4 GiB of spans are looked through. A pasted log line (jid=..., JID-...) or the
address of a page of jobtrace or Jaeger is taken apart first.

Instead of an id:

${selectors.join("\n")}

An id that leads to several jobs prints them, and ends with 3.`;
}
