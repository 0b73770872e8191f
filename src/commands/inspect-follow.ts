/** `jobtrace inspect <id> --follow`: a job, until it ends. */
import { setTimeout as sleep } from "node:timers/promises";
import { createFollowText } from "../jobscope/inspect/follow-text.js";
import { type JobAndLogs, readJobAndLogs } from "../jobscope/inspect/read-job.js";
import { safeText } from "../jobscope/inspect/safe-text.js";
import type { View } from "../jobscope/inspect/view.js";
import { arrangeDocument } from "../jobscope/model/arrange/arrange-document.js";
import type { Arrangement } from "../jobscope/model/arrange/arrangement.js";
import { type Jid, parseJid } from "../jobscope/model/ids.js";
import type { JobState } from "../jobscope/model/job-document.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { watchStore } from "../jobscope/store/watch-store.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import {
  explain,
  type FindOptions,
  findJid,
  type FoundJid,
  lookUp,
  type WantedJob,
} from "./find-job.js";
import { printAll } from "./print-all.js";
import { readingRules } from "./reading-rules.js";
import { SETTINGS } from "./settings/settings.js";

/** Between two looks at the job, and at least so many times as long as a look takes. */
const LOOK_EVERY_MS = 500;
const REST_PER_LOOK = 4;

/** A job that failed may be tried again, in seconds or in days: that is for who looks again. */
const ENDED: ReadonlySet<JobState> = new Set<JobState>(["completed", "failed", "orphaned"]);

/** 24 hex digits, as Sidekiq makes them. */
const WHOLE_JID = /^[0-9a-f]{24}$/i;

/** A whole jid that nobody knows is one that is still to come. From here on Ctrl-C ends the following, not the process. */
export async function findJidToFollow(
  reader: JobStoreReader,
  wanted: WantedJob,
  options: FindOptions,
): Promise<FoundJid> {
  const { line, context } = options;
  context.takeSignals?.();
  const isWhole = line.text("job-id") === wanted.text || WHOLE_JID.test(wanted.text);
  const jid = wanted.kind === "any" && isWhole ? parseJid(wanted.text) : undefined;
  if (jid === undefined) return findJid(reader, wanted, options);
  const found = await lookUp(reader, wanted, options);
  if (found.kind === "unknown") return { kind: "found", jid };
  return found.kind === "found"
    ? found
    : { kind: "none", code: await explain(reader, found, options) };
}

export interface Following {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
  readonly arrangement: Arrangement;
  /** Nothing on the way is for who wants one document at the end. */
  readonly prints: boolean;
}

export type Followed =
  /** `isTold`: it was printed on the way. */
  | { readonly kind: "ended"; readonly read: JobAndLogs; readonly isTold: boolean }
  | { readonly kind: "interrupted" };

/** Until it has ended or the signal comes. @throws StoreError */
export async function followJob(
  reader: JobStoreReader,
  jid: Jid,
  following: Following,
): Promise<Followed> {
  const { line, view, context, arrangement, prints } = following;
  const { signal } = context;
  const rules = readingRules(line, context);
  const text = createFollowText(view);
  const say = createNotes(line, context);
  let isTold = false;
  for await (const { isWritten } of watchStore(SETTINGS.store.of(line, context), { signal })) {
    const begin = performance.now();
    const look = { rules, full: view.full };
    const read = await readJobAndLogs(reader, jid, look);
    const hasEnded = read !== undefined && ENDED.has(read.document.job.state);
    // What has ended by the first look is shown as it always is.
    if (read !== undefined && prints && (isTold || !hasEnded)) {
      const logs = view.logs === true ? read.logs() : [];
      const all = arrangeDocument(read.document, { ...arrangement, foldMin: undefined }, logs);
      const folded = isTold ? all : arrangeDocument(read.document, arrangement, logs);
      await printAll(text.lines(all, folded), context);
      isTold = true;
    }
    if (hasEnded) {
      const whole = (await readJobAndLogs(reader, jid, { ...look, orphans: true })) ?? read;
      if (isTold)
        await printAll(text.ending(arrangeDocument(whole.document, arrangement)), context);
      return { kind: "ended", read: whole, isTold };
    }
    if (read === undefined) say(`nothing of job ${safeText(jid)} was received yet; waiting for it`);
    if (!isWritten) say("no collector writes to this store now; waiting for one");
    await rested(Math.max(LOOK_EVERY_MS, (performance.now() - begin) * REST_PER_LOOK), signal);
  }
  return { kind: "interrupted" };
}

/** Each of them once. */
function createNotes(line: CommandLine, context: Context): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text) && !line.flag("quiet")) context.note(`jobtrace: ${text}`);
    said.add(text);
  };
}

async function rested(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
