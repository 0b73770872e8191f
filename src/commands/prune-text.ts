/** What `jobtrace store prune` did, or would do: as lines, and as JSON. */
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { formatInstant, type UnixNano } from "../jobscope/model/time.js";
import type { Dropped } from "../jobscope/store/dropped.js";
import type { Drop, RetentionLimits } from "../jobscope/store/retention-plan.js";
import { counted, droppedText, lostTexts } from "./dropped-text.js";
import { limitsText } from "./settings/retention-setting.js";
import { sizeText } from "./size-text.js";

export interface PruneOutcome extends Dropped {
  readonly limits: RetentionLimits;
  /** Nothing was deleted: these would be. */
  readonly isDry: boolean;
  /** By Ctrl-C, before all that might go had gone. */
  readonly wasStopped: boolean;
}

export function pruneLines({
  drops,
  lost,
  limits,
  isDry,
  wasStopped,
}: PruneOutcome): readonly string[] {
  if (drops.length === 0)
    return [
      wasStopped
        ? "stopped before anything was deleted"
        : `nothing to delete: no closed segment is beyond ${limitsText(limits)}${agesFrom(limits)}`,
    ];
  const verb = `${wasStopped ? "stopped; " : ""}${isDry ? "would delete" : "deleted"}`;
  return [
    ...segmentLines(drops),
    ...lostTexts(lost, isDry),
    `${verb} ${droppedText(drops, limits)}`,
  ];
}

/** Who asks for an age counts back from today, which is another day where nothing is sent any more. */
function agesFrom({ ageMax }: RetentionLimits): string {
  return ageMax === undefined ? "" : "; ages count back from the newest span";
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

export function pruneJson({ drops, lost, isDry, wasStopped }: PruneOutcome): string {
  const at = (time: UnixNano | undefined): string | null =>
    time === undefined ? null : formatInstant(time);
  return safeJson({
    schema: "jobtrace.store-prune/v1",
    dry_run: isDry,
    complete: !wasStopped,
    segments: drops.map(({ segment, why }) => ({
      first_lsn: segment.firstLsn,
      spans: segment.spanCount,
      bytes: segment.bytes,
      oldest_at: at(segment.oldest),
      newest_at: at(segment.newest),
      reason: why,
    })),
    not_sent: lost.map(({ name, spanCount }) => ({ exporter: name, spans: spanCount })),
  });
}
