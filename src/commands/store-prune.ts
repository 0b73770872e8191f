/** `jobtrace store prune`: deletes the oldest segments of a store that nobody writes to. */
import { bothDropped, type Dropped, NOTHING_DROPPED } from "../jobscope/store/dropped.js";
import { createPruner, type Pruner } from "../jobscope/store/pruner.js";
import type { Drop, RetentionLimits } from "../jobscope/store/retention-plan.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { lockStore, type StoreLock } from "../jobscope/store/store-lock.js";
import { byteSize } from "./byte-size.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { durationOption } from "./duration.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { createProgress, type Progress } from "./progress.js";
import { pruneJson, pruneLines } from "./prune-text.js";
import { STORE_HELP } from "./store-help.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

/** Between two looks whether somebody pressed Ctrl-C. */
const SEGMENTS_PER_STEP = 8;

const EVERYTHING = Number.POSITIVE_INFINITY;

export const storePruneCommand: Command = {
  name: "store prune",
  help: STORE_HELP,
  options: {
    store: { takes: "text", offers: "folders" },
    json: { takes: "flag" },
    "older-than": { takes: "text" },
    "max-size": { takes: "text" },
    "dry-run": { takes: "flag" },
  },
  takes: "none",
  endsOnSignal: true,
  run: storePrune,
};

async function storePrune(line: CommandLine, context: Context): Promise<ExitCode> {
  const limits = limitsOf(line);
  const path = SETTINGS.store.of(line, context);
  const progress = createProgress(context);
  // Opened before the lock is taken, so that no lock file comes into being where there is no store.
  const pruner = createPruner(path, {
    limits,
    now: context.now,
    signal: context.signal,
    onLooked: (looked, total) => progress.show(`looking at segment ${looked} of ${total}`),
  });
  const isDry = line.flag("dry-run");
  const lock = isDry ? undefined : lockForPruning(path);
  try {
    const plan = await pruner.plan(EVERYTHING, EVERYTHING);
    const dropped = isDry
      ? { drops: plan, lost: await pruner.lostWith(plan) }
      : await dropInSteps(pruner, plan, progress, context.signal);
    progress.clear();
    const wasStopped = context.signal.aborted;
    const outcome = { ...dropped, limits, isDry, wasStopped };
    for (const text of line.flag("json") ? [pruneJson(outcome)] : pruneLines(outcome))
      context.print(text);
    return wasStopped ? EXIT.interrupted : EXIT.done;
  } finally {
    lock?.release();
  }
}

/** A few at a time, until somebody presses Ctrl-C: what was begun is ended, and told. */
async function dropInSteps(
  pruner: Pruner,
  plan: readonly Drop[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Dropped> {
  let dropped = NOTHING_DROPPED;
  for (let at = 0; at < plan.length && !signal.aborted; at += SEGMENTS_PER_STEP) {
    progress.show(`deleting segment ${at + 1} of ${plan.length}`);
    dropped = bothDropped(dropped, await pruner.drop(plan.slice(at, at + SEGMENTS_PER_STEP)));
  }
  return dropped;
}

function limitsOf(line: CommandLine): RetentionLimits {
  const age = line.text("older-than");
  const size = line.text("max-size");
  if (age === undefined && size === undefined)
    throw new UsageError("what may go? store prune --older-than=30d, --max-size=20GB or both");
  return {
    ageMax: age === undefined ? undefined : durationOption(age, "--older-than"),
    bytesMax: size === undefined ? undefined : byteSize(size, "--max-size"),
  };
}

function lockForPruning(path: string): StoreLock {
  try {
    return lockStore(path);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "locked") throw error;
    throw new StoreError(
      "locked",
      `${error.message}; stop it first, or start it with --keep and --keep-size and it prunes by itself`,
    );
  }
}
