/** `jobtrace store prune`: deletes the oldest segments of a store that nobody writes to. */
import { formatInstant, type UnixNano } from "../jobscope/model/time.js";
import { createPruner } from "../jobscope/store/pruner.js";
import type { Drop, RetentionLimits } from "../jobscope/store/retention-plan.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { lockStore, type StoreLock } from "../jobscope/store/store-lock.js";
import { byteSize } from "./byte-size.js";
import { type CommandLine, parseCommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { counted, droppedText } from "./dropped-text.js";
import { durationOption } from "./duration.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { limitsText } from "./retention-options.js";
import { sizeText } from "./size-text.js";
import { storeLocation } from "./store-location.js";
import { UsageError } from "./usage-error.js";

/** Between two looks whether somebody pressed Ctrl-C. */
const SEGMENTS_PER_STEP = 8;

export async function storePrune(args: readonly string[], context: Context): Promise<ExitCode> {
  const line = parseCommandLine(args, {
    store: { takes: "text" },
    json: { takes: "flag" },
    "older-than": { takes: "text" },
    "max-size": { takes: "text" },
    "dry-run": { takes: "flag" },
  });
  if (line.positionals.length > 0)
    throw new UsageError(`store prune takes no arguments: got ${line.positionals.join(" ")}`);
  const limits = limitsOf(line);
  const path = storeLocation(line.text("store"), context.env);
  // Opened before the lock is taken, so that no lock file comes into being where there is no store.
  const pruner = createPruner(path, { limits, now: context.now });
  const isDry = line.flag("dry-run");
  const lock = isDry ? undefined : lockForPruning(path);
  try {
    const everything = Number.POSITIVE_INFINITY;
    const drops = await pruner.plan(everything, everything);
    let done = 0;
    while (!isDry && done < drops.length && !context.signal.aborted) {
      await pruner.drop(drops.slice(done, done + SEGMENTS_PER_STEP));
      done = Math.min(drops.length, done + SEGMENTS_PER_STEP);
    }
    const gone = isDry ? drops : drops.slice(0, done);
    const lines = line.flag("json") ? [pruneJson(gone, isDry)] : pruneLines(gone, limits, isDry);
    for (const text of lines) context.print(text);
    return context.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    lock?.release();
  }
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

function pruneLines(
  drops: readonly Drop[],
  limits: RetentionLimits,
  isDry: boolean,
): readonly string[] {
  if (drops.length === 0)
    return [`nothing to delete: no closed segment is beyond ${limitsText(limits)}`];
  return [
    ...segmentLines(drops),
    `${isDry ? "would delete" : "deleted"} ${droppedText(drops, limits)}`,
  ];
}

/** The file, from when to when (UTC), spans, bytes. */
function segmentLines(drops: readonly Drop[]): readonly string[] {
  const rows = drops.map(({ segment: { firstLsn, oldest, newest, spanCount, bytes } }) => [
    `${firstLsn.toString(16).padStart(16, "0")}.jlog`,
    `${minute(oldest)} to ${minute(newest)}`,
    counted(spanCount, "span"),
    sizeText(bytes),
  ]);
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map(([file = "", times = "", spans = "", size = ""]) =>
    [
      file,
      times.padEnd(widths[1] ?? 0),
      spans.padStart(widths[2] ?? 0),
      size.padStart(widths[3] ?? 0),
    ].join("  "),
  );
}

function minute(time: UnixNano | undefined): string {
  return time === undefined ? "empty" : formatInstant(time).slice(0, 16).replace("T", " ");
}

function pruneJson(drops: readonly Drop[], isDry: boolean): string {
  const at = (time: UnixNano | undefined): string | null =>
    time === undefined ? null : formatInstant(time);
  return JSON.stringify({
    schema: "jobtrace.store-prune/v1",
    dry_run: isDry,
    segments: drops.map(({ segment, why }) => ({
      first_lsn: segment.firstLsn,
      spans: segment.spanCount,
      bytes: segment.bytes,
      oldest_at: at(segment.oldest),
      newest_at: at(segment.newest),
      reason: why,
    })),
  });
}
