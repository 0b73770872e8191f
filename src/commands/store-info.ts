/** `jobtrace store info`: what the store holds, how large it is, who writes to it. */
import { safeJson, safeText } from "../jobscope/inspect/safe-text.js";
import { formatClock, formatDate, type TimeZone } from "../jobscope/inspect/time-words.js";
import { countText } from "../jobscope/model/count-text.js";
import { formatInstant, type UnixNano } from "../jobscope/model/time.js";
import { describeStore, type StoreDescription } from "../jobscope/store/describe-store.js";
import type { RetentionLimits } from "../jobscope/store/retention-plan.js";
import { indexBatch } from "../processor/batch-index.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { damageText } from "./damage-text.js";
import { counted } from "./dropped-text.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { sizeText } from "./size-text.js";
import {
  forwardJson,
  forwardLines,
  forwardProgress,
  type PeerProgress,
} from "./store-forwarding.js";
import { STORE_HELP } from "./store-help.js";
import { limitsText } from "./settings/retention-setting.js";
import { type Chosen, originText } from "./settings/setting.js";
import { SETTINGS } from "./settings/settings.js";
import { VIEW_OPTIONS, viewOf } from "./view-options.js";

/** Damage that is listed; `store verify` lists all of it. */
const DAMAGE_SHOWN_MAX = 10;

export const storeInfoCommand: Command = {
  name: "store info",
  help: STORE_HELP,
  options: VIEW_OPTIONS,
  takes: "none",
  endsOnSignal: true,
  run: storeInfo,
};

async function storeInfo(line: CommandLine, context: Context): Promise<ExitCode> {
  const { zone } = viewOf(line, context);
  const path = SETTINGS.store.of(line, context);
  const store = describeStore(path, indexBatch);
  const retention = SETTINGS.retention.choose(line, context);
  const peers = await forwardProgress(path);
  const lines = line.flag("json")
    ? [infoJson(store, retention, peers)]
    : infoLines(store, retention, peers, zone);
  for (const text of lines) context.print(text);
  return EXIT.done;
}

function infoLines(
  store: StoreDescription,
  retention: Chosen<RetentionLimits>,
  peers: readonly PeerProgress[],
  zone: TimeZone,
): readonly string[] {
  const { writer, segmentCount, logBytes, besideBytes } = store;
  const when = (at: UnixNano | undefined, never: string): string => {
    if (at === undefined) return never;
    const instant = formatInstant(at);
    return `${formatDate(instant, zone)} ${formatClock(instant, zone)} ${zone}`;
  };
  const perSpan = bytesPerSpan(store);
  return [
    `store     ${safeText(store.location)}`,
    `id        ${safeText(store.id)}`,
    `format    ${store.format}, created ${when(store.createdAt, "not recorded")}`,
    `writer    ${writer === undefined ? "nobody: no collector is running" : `process ${writer.pid} on ${safeText(writer.host)}`}`,
    `segments  ${countText(segmentCount)}${segmentCount > 1 ? `: ${countText(segmentCount - 1)} closed and the open one` : ""}`,
    `jobs      ${jobsText(store)}`,
    `batches   ${countText(store.batchCount)}`,
    `spans     ${countText(store.spanCount)}`,
    ...(store.logCount === 0 ? [] : [`logs      ${counted(store.logCount, "line")}`]),
    `size      ${sizeText(logBytes + besideBytes)}: log ${sizeText(logBytes)}, indexes ${sizeText(besideBytes)}${perSpan === null ? "" : `; ${perSpan.toFixed(1)} B a span`}`,
    `oldest    ${when(store.oldest, "nothing received yet")}`,
    `newest    ${when(store.newest, "nothing received yet")}`,
    `keep      ${limitsText(retention.value)} (${originText(retention.origin)}; serve --keep and --keep-size go before it)`,
    ...forwardLines(peers),
    ...damageLines(store),
  ];
}

/** Exact only where no job can lie in two segments. */
function jobsText({ jobCountMax, segmentCount }: StoreDescription): string {
  return segmentCount > 1 && jobCountMax > 0
    ? `at most ${countText(jobCountMax)}; one whose spans are in two segments counts twice`
    : countText(jobCountMax);
}

function damageLines({
  damage,
  missingRecordCount,
  location,
}: StoreDescription): readonly string[] {
  const more = damage.length - DAMAGE_SHOWN_MAX;
  const found = [
    damage.length > 0 ? counted(damage.length, "damaged stretch", "damaged stretches") : "",
    missingRecordCount > 0 ? `${counted(missingRecordCount, "record")} missing` : "",
  ].filter(Boolean);
  return [
    `damage    ${found.join(", ") || "none"} found so far; jobtrace store verify reads everything`,
    ...damage.slice(0, DAMAGE_SHOWN_MAX).map((each) => `  ${damageText(each, location)}`),
    ...(more > 0 ? [`  and ${countText(more)} more`] : []),
  ];
}

/** null: nothing to divide by, or logs are among the bytes. */
function bytesPerSpan(store: StoreDescription): number | null {
  const { logBytes, besideBytes, spanCount, logCount } = store;
  return spanCount === 0 || logCount > 0 ? null : (logBytes + besideBytes) / spanCount;
}

function infoJson(
  store: StoreDescription,
  retention: Chosen<RetentionLimits>,
  peers: readonly PeerProgress[],
): string {
  const at = (time: UnixNano | undefined): string | null =>
    time === undefined ? null : formatInstant(time);
  const { ageMax, bytesMax } = retention.value;
  const { writer } = store;
  return safeJson({
    schema: "jobtrace.store-info/v1",
    store: store.location,
    format: store.format,
    id: store.id,
    created_at: at(store.createdAt),
    writer: writer === undefined ? null : { pid: writer.pid, host: writer.host },
    segments: store.segmentCount,
    jobs_at_most: store.jobCountMax,
    batches: store.batchCount,
    spans: store.spanCount,
    log_lines: store.logCount,
    log_bytes: store.logBytes,
    index_bytes: store.besideBytes,
    bytes_per_span: bytesPerSpan(store),
    oldest_at: at(store.oldest),
    newest_at: at(store.newest),
    retention: {
      max_age_ns: ageMax === undefined ? null : Number(ageMax),
      max_bytes: bytesMax ?? null,
      origin: originText(retention.origin),
    },
    forward: forwardJson(peers),
    missing_records: store.missingRecordCount,
    damage: store.damage,
  });
}
