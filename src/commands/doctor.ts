/** `jobtrace doctor`: is it set up right, and if not, what to change. */
import { setTimeout as sleep } from "node:timers/promises";
import { doctorLines } from "../jobscope/inspect/doctor-text.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { countText } from "../jobscope/model/count-text.js";
import { checkCollector, checkListening } from "../jobscope/model/doctor/collector-checks.js";
import { checkNotices } from "../jobscope/model/doctor/notice-checks.js";
import { type DoctorDocument, doctorDocument } from "../jobscope/model/doctor/doctor-document.js";
import { checkReceived } from "../jobscope/model/doctor/received-checks.js";
import { type DurationNano, formatInstant, unixNano } from "../jobscope/model/time.js";
import { openFileStoreReader } from "../jobscope/store/file-store-reader.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { indexBatch } from "../processor/batch-index.js";
import { receivedFacts } from "../processor/doctor/received-facts.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import {
  answerOf,
  lookAtCollector,
  lookAtServer,
  type ServerQuestion,
} from "./doctor/look-at-collector.js";
import { durationOption, durationText } from "./duration.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { createProgress } from "./progress.js";
import { serverFrom } from "./server-address.js";
import { SETTINGS } from "./settings/settings.js";
import { VIEW_HELP, VIEW_OPTIONS, viewOf } from "./view-options.js";

const DOCTOR_HELP = `jobtrace doctor: is it set up right, and if not, what to change

  jobtrace doctor
  jobtrace doctor --since=1h --store=/var/lib/jobtrace
  jobtrace doctor --json | jq '.received.checks[] | select(.status != "ok")'

Collector: who listens, whether the store can be written, how forwarding does.
Received: what the newest spans say of the applications that sent them.
Each problem names one change. ! is something missing, ✗ something broken: spans are lost or
refused.

  --since=10m            how far to look back from the newest received spans; at most 50,000 of them
                         are read
  --server=URL           the collector to ask, default the first address of --listen;
                         without --store it tells of its own store
  --strict               exit 1 for ! as well, not only for ✗
  --watch                look again every 2 s and print what changed, until Ctrl-C
  --json                 one document, jobtrace.doctor/v1
${VIEW_HELP}`;

export const doctorCommand: Command = {
  name: "doctor",
  help: DOCTOR_HELP,
  options: {
    ...VIEW_OPTIONS,
    since: { takes: "text" },
    server: { takes: "text" },
    listen: { takes: "text" },
    strict: { takes: "flag" },
    watch: { takes: "flag" },
  },
  takes: "none",
  run: doctor,
};

const SINCE_DEFAULT = "10m";
const WATCH_EVERY_MS = 2000;

async function doctor(line: CommandLine, context: Context): Promise<ExitCode> {
  const since = durationOption(line.text("since") ?? SINCE_DEFAULT, "--since");
  const view = viewOf(line, context);
  const stretch = `last ${sinceText(since)}`;
  const isJson = line.flag("json");
  let before = "";
  for (;;) {
    const document = await examine(line, context, since);
    const lines = isJson ? [safeJson(document, 2)] : doctorLines(document, stretch, view);
    const text = lines.join("\n");
    if (text !== before) {
      if (before !== "" && !isJson) context.print("");
      for (const each of lines) context.print(each);
    }
    before = text;
    const isBad = document.broken > 0 || (line.flag("strict") && document.problems > 0);
    if (!line.flag("watch")) return isBad ? EXIT.no : EXIT.done;
    try {
      await sleep(WATCH_EVERY_MS, undefined, { signal: context.signal });
    } catch {
      return EXIT.interrupted;
    }
  }
}

/** `10 minutes`, as a person says it. */
function sinceText(since: DurationNano): string {
  const text = durationText(since);
  const [, count = "", unit = ""] = /^(\d+)([dhms])$/.exec(text) ?? [];
  const words: Readonly<Record<string, string>> = { d: "day", h: "hour", m: "minute", s: "second" };
  return `${count === "1" ? "" : `${count} `}${words[unit] ?? unit}${count === "1" ? "" : "s"}`;
}

async function examine(
  line: CommandLine,
  context: Context,
  since: DurationNano,
): Promise<DoctorDocument> {
  const asked = {
    server: serverFrom(line, context),
    token: SETTINGS.token.of(line, context)[0],
    since: unixNano(context.now() - since),
  };
  if (isElsewhere(line, context)) return askElsewhere(asked, since);
  const store = SETTINGS.store.of(line, context);
  const freeMin = SETTINGS.keepFree.of(line, context);
  const facts = await lookAtCollector({ ...asked, store, freeMin });
  const received =
    facts.store.kind === "missing" ? NOTHING : await examineReceived(store, context, since);
  return doctorDocument(
    [...checkCollector(facts), ...checkNotices(facts, received.spans)],
    received,
  );
}

/** A collector is named and no store: it may be on another machine, and tells of its own store. */
function isElsewhere(line: CommandLine, context: Context): boolean {
  const isServerNamed = Boolean(line.text("server") ?? context.env["JOBTRACE_SERVER"]);
  return isServerNamed && SETTINGS.store.choose(line, context).origin.kind === "default";
}

const EXAMINE_TIMEOUT_MS = 30_000;

/** @throws StoreError when it answers and cannot tell. */
async function askElsewhere(asked: ServerQuestion, since: DurationNano): Promise<DoctorDocument> {
  const seen = await lookAtServer(asked);
  const listening = checkListening(seen.listening);
  if (listening.status !== "ok") return doctorDocument([listening], NOTHING);
  const page = new URL(`/doctor/${durationText(since)}.json`, asked.server);
  const text = await answerOf(page, asked.token, EXAMINE_TIMEOUT_MS);
  const told = documentIn(text);
  if (told === undefined)
    throw new StoreError(
      "unreadable",
      `the collector ${asked.server.host} does not tell how it is: ${text.split("\n", 1)[0]?.slice(0, 200)}`,
    );
  const own = told.collector.filter(({ id }) => id !== "listening");
  return doctorDocument(
    [listening, ...own, ...checkNotices(seen, told.received.spans)],
    told.received,
  );
}

function documentIn(text: string): DoctorDocument | undefined {
  try {
    const document = JSON.parse(text) as Partial<DoctorDocument>;
    return document.schema === "jobtrace.doctor/v1" ? (document as DoctorDocument) : undefined;
  } catch {
    return undefined;
  }
}

const NOTHING: DoctorDocument["received"] = {
  from: null,
  to: null,
  spans: 0,
  batches: 0,
  complete: true,
  checks: [],
};

async function examineReceived(
  store: string,
  context: Context,
  since: DurationNano,
): Promise<DoctorDocument["received"]> {
  const progress = createProgress(context);
  const reader = openFileStoreReader(store, { indexBatch });
  try {
    const facts = await receivedFacts(reader, {
      since,
      onRead: (count) => progress.show(`${countText(count)} spans read …`),
    });
    return {
      from: facts.from === undefined ? null : formatInstant(facts.from),
      to: facts.to === undefined ? null : formatInstant(facts.to),
      spans: facts.spanCount,
      batches: facts.batchCount,
      complete: facts.complete,
      checks: checkReceived(facts),
    };
  } finally {
    progress.clear();
    await reader.close();
  }
}
