/** `jobtrace store verify`: reads everything and names what is damaged. */
import { safeJson } from "../jobscope/inspect/safe-text.js";
import type { Damage } from "../jobscope/store/job-store.js";
import { storeHolder } from "../jobscope/store/store-lock.js";
import { type BodyCheck, type Verification, verifyStore } from "../jobscope/store/verify-store.js";
import { countText } from "../jobscope/model/count-text.js";
import { indexBatch } from "../processor/batch-index.js";
import { scanForLogs } from "../processor/log-jids.js";
import { scanForJobs } from "../processor/scanned-nodes.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { damageText } from "./damage-text.js";
import { counted } from "./dropped-text.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { createProgress } from "./progress.js";
import { sizeText } from "./size-text.js";
import { STORE_HELP } from "./store-help.js";
import { SETTINGS } from "./settings/settings.js";

/** Of the JSON document; its count is of all there is. */
const DAMAGE_LISTED_MAX = 10_000;

export const storeVerifyCommand: Command = {
  name: "store verify",
  help: STORE_HELP,
  options: { store: { takes: "text", offers: "folders" }, json: { takes: "flag" } },
  takes: "none",
  endsOnSignal: true,
  run: storeVerify,
};

async function storeVerify(line: CommandLine, context: Context): Promise<ExitCode> {
  const path = SETTINGS.store.of(line, context);
  const progress = createProgress(context);
  const damage: Damage[] = [];
  const result = await verifyStore(path, {
    indexBatch,
    checkBody,
    signal: context.signal,
    onDamage(found) {
      if (damage.length < DAMAGE_LISTED_MAX) damage.push(found);
      progress.clear();
      if (!line.flag("json")) context.print(damageText(found, path));
    },
    onProgress: (done, total) =>
      progress.show(`reading ${sizeText(done)} of ${sizeText(total)}, ${percent(done, total)}`),
  });
  progress.clear();
  const unfinished = storeHolder(path) === undefined ? result.unfinished : undefined;
  if (line.flag("json")) context.print(verifyJson(result, unfinished, damage));
  else {
    if (unfinished !== undefined)
      context.print(`${damageText(unfinished, path)}; unfinished, ignored`);
    context.print(`${result.wasStopped ? "stopped after " : ""}${summary(result)}`);
  }
  if (result.wasStopped) return EXIT.interrupted;
  return result.damageCount > 0 ? EXIT.no : EXIT.done;
}

/** What the receiver accepts, checked the same way. */
function checkBody(raw: Uint8Array, signal: "traces" | "logs"): BodyCheck {
  const result = signal === "traces" ? scanForJobs(raw) : scanForLogs(raw);
  if (result.kind === "malformed")
    return { kind: "malformed", reason: `${result.reason} at byte ${result.offset}` };
  const { scan } = result;
  return "spanCount" in scan
    ? { kind: "whole", spanCount: scan.spanCount - scan.invalidSpanCount, logCount: 0 }
    : { kind: "whole", spanCount: 0, logCount: scan.logCount };
}

function summary({ recordCount, spanCount, logCount, damageCount }: Verification): string {
  const logs = logCount === 0 ? "" : ` ${counted(logCount, "log line")},`;
  return `${counted(recordCount, "record")}, ${counted(spanCount, "span")},${logs} ${countText(damageCount)} damaged`;
}

function percent(done: number, total: number): string {
  return `${total === 0 ? 100 : Math.floor((done / total) * 100)}%`;
}

function verifyJson(
  { recordCount, spanCount, logCount, damageCount, wasStopped }: Verification,
  unfinished: Damage | undefined,
  damage: readonly Damage[],
): string {
  return safeJson({
    schema: "jobtrace.store-verify/v1",
    complete: !wasStopped,
    records: recordCount,
    spans: spanCount,
    log_lines: logCount,
    damaged: damageCount,
    damage,
    unfinished: unfinished ?? null,
  });
}
