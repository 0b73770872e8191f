/**
 * Which jobs a log record names: in an attribute, in a body that is a map, or in its text, as Sidekiq's own lines do, which
 * are written outside of any span.
 */
import { decodeLogRecord, type OtlpAnyValue } from "../otlp/decode.js";
import { createLogScanner, type LogScan } from "../otlp/log-scan.js";
import { HIT_OTHER, HIT_STRING } from "../otlp/scan-columns.js";
import { hitText, logBodyText } from "../otlp/scan-text.js";
import { LOG_JOB_ID } from "./conventions.js";

/** Not reentrant: use a scan before the next. */
export const scanForLogs = createLogScanner(LOG_JOB_ID);

/** One line is about one job and may tell of another; a dump of a queue is no line of each job in it. */
const JIDS_PER_RECORD_MAX = 4;
/** As many as a request may have spans. */
const JIDS_PER_BATCH_MAX = 100_000;

const JID_WORD = Buffer.from("jid");
const OLD_JID_WORD = Buffer.from("JID-");

/**
 * `jid=…` of Sidekiq's text, `"jid":"…"` of its JSON (also inside another JSON's text), `"jid"=>"…"` of a hash that was
 * printed, `JID-…` of Sidekiq 5.
 */
const JID_IN_TEXT =
  /(?:\bjid(?:\\*["'])?(?:=(?!>)|\s*(?:=>|:)\s*)(?:\\*["'])?|\bJID-)([0-9A-Za-z][\w-]{0,127})/g;
const NO_JIDS: ReadonlySet<string> = new Set(["nil", "null", "none", "undefined"]);

/** Each once, those in attributes first. */
export function jidsInText(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [, jid = ""] of text.matchAll(JID_IN_TEXT)) {
    if (found.size === JIDS_PER_RECORD_MAX) break;
    if (!NO_JIDS.has(jid)) found.add(jid);
  }
  return [...found];
}

/** The jids that each record names, given to `visit` with the record's row; records that name none are passed over. */
export function forEachNamedJob(
  scan: LogScan,
  visit: (log: number, jids: readonly string[]) => void,
): void {
  let hit = 0;
  for (let log = 0; log < scan.logCount; log++) {
    const jids: string[] = [];
    for (; hit < scan.hitCount && scan.hits.span[hit] === log; hit++) {
      const jid = hitText(scan, hit);
      if (jid !== undefined && jid !== "") jids.push(jid);
    }
    if (mayNameOne(scan, log)) jids.push(...jidsInBody(scan, log));
    if (jids.length > 0) visit(log, [...new Set(jids)].slice(0, JIDS_PER_RECORD_MAX));
  }
}

/** Every job that a record of the batch names, each once. */
export function jidsOfScan(scan: LogScan): Iterable<string> {
  const found = new Set<string>();
  forEachNamedJob(scan, (_, jids) => {
    for (const jid of jids) if (found.size < JIDS_PER_BATCH_MAX) found.add(jid);
  });
  return found;
}

/** Looks at bytes: most lines name no job, and making a text of each costs more than all else. */
function mayNameOne({ bytes, logs }: LogScan, log: number): boolean {
  const isText = logs.bodyType[log] === HIT_STRING;
  if (!isText && logs.bodyType[log] !== HIT_OTHER) return false;
  const at = (isText ? logs.bodyAt : logs.offset)[log] ?? 0;
  const length = (isText ? logs.bodyLength : logs.length)[log] ?? 0;
  const body = bytes.subarray(at, at + length);
  return body.includes(JID_WORD) || (isText && body.includes(OLD_JID_WORD));
}

function jidsInBody(scan: LogScan, log: number): readonly string[] {
  const text = logBodyText(scan, log);
  if (text !== undefined) return jidsInText(text);
  const at = scan.logs.offset[log] ?? 0;
  const { body } = decodeLogRecord(scan.bytes.subarray(at, at + (scan.logs.length[log] ?? 0)));
  return jidsInMap(body);
}

/** A logger that sends Sidekiq's JSON as a map: `jid` itself, or `ctx` with `jid` in it. */
function jidsInMap(body: OtlpAnyValue | null | undefined): readonly string[] {
  const own = memberOf(body, "jid")?.stringValue;
  const inContext = memberOf(memberOf(body, "ctx"), "jid")?.stringValue;
  return [own, inContext].filter((jid) => jid != null && jid !== "") as string[];
}

function memberOf(
  value: OtlpAnyValue | null | undefined,
  key: string,
): OtlpAnyValue | null | undefined {
  return value?.kvlistValue?.values?.findLast((pair) => pair.key === key)?.value;
}
