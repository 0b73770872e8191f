/** `jobtrace help rules`: what a line of the timeline leaves out, joins and adds up, so that a reader can predict it. */
import { CLASS_JOBS_MAX } from "../../jobscope/inspect/class-times.js";
import { formatDuration } from "../../jobscope/inspect/time-words.js";
import { DEFAULT_ARRANGEMENT } from "../../jobscope/model/arrange/arrangement.js";
import { countText } from "../../jobscope/model/count-text.js";
import { EXACT_VALUES_MAX, SKETCH_ERROR } from "../../jobscope/model/percentile.js";
import { OVERLAP_MIN } from "../../jobscope/model/steps/lanes.js";
import { TITLE_LENGTH_MAX } from "../../jobscope/model/titles/sql-title.js";

export function rulesTopic(): string {
  const { foldMin, gapMin } = DEFAULT_ARRANGEMENT;
  return `A line is computed from recorded spans, the same in text, --json and --graph. No time is shifted.

Titles
  SQL       verb, tables, conditions: SELECT invoices JOIN accounts WHERE accounts.plan=?
            Columns, ORDER, GROUP and LIMIT are left out, updated_at and lock_version unless nothing
            else is set. Terms beyond ${TITLE_LENGTH_MAX} characters are dropped from the right: +2 terms
  HTTP      HTTP POST https://billing.internal/charge  201; without user, password and values of the
            query; opening the connection and the calls inside of it are the same line
  Redis     REDIS GET user:42:cart; values are always left out; a pipeline is one line
  ENQUEUE   class and beginning of the jid; the spans of ActiveJob, Sidekiq and Redis are one line
  others    the span's own name
  An error raised through several spans is one error, at the innermost of them.

Folding     --fold=${foldMin}: so many alike steps of one parent and more, or repeating blocks of up to five,
            are one line with the median, the longest and where it was. Errors are not folded
Gaps        --gap=${formatDuration(gapMin)}: a stretch in which no span was open. The job may have computed or slept
Parallel    siblings that overlap by more than ${formatDuration(Number(OVERLAP_MIN))} are bracketed; their durations are not added
Hidden      --only and --min count what they leave out; an error is never too short to be shown

Times       waited: from the queue to the start of the first attempt. took: from start to end
            [25ms] counts from the start of the attempt; --time=clock and --time=delta
Percentiles by nearest rank: a value that was recorded, never one between two. Beyond ${countText(EXACT_VALUES_MAX)}
            values to within ${Math.round(SKETCH_ERROR * 100)}%. Those that why compares with: the class's newest ${countText(CLASS_JOBS_MAX)} jobs
Rows        as the database's instrumentation recorded them; where it did not, "rows not recorded"

Doubts      ! clocks differ by at least 84ms  a span of another process begins before its parent
            ?                                 a duration that ends before it begins
            (span 4fd1... not received)       spans name it as their parent, and it never came
            not recorded                      nothing in the spans says it; what would is named`;
}
