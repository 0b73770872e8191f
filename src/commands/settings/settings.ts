/**
 * Every setting there is, in the order of `jobtrace config`: its key in the configuration file, its option, its variable,
 * what it is where nobody says, and how it is read. The only place that knows these names.
 */
import { COLOUR_CHOICES, type ColourChoice } from "../../jobscope/inspect/style.js";
import { formatDuration, isTimeZone, type TimeZone } from "../../jobscope/inspect/time-words.js";
import { TIME_FORMS, type TimeForm } from "../../jobscope/inspect/view.js";
import { DEFAULT_ARRANGEMENT, FOLD_MIN_MAX } from "../../jobscope/model/arrange/arrangement.js";
import type { Ns } from "../../jobscope/model/document-units.js";
import { DEFAULT_RULES } from "../../jobscope/model/surroundings.js";
import type { DurationNano } from "../../jobscope/model/time.js";
import type { Durability } from "../../jobscope/store/syncer.js";
import {
  DEFAULT_LISTEN,
  formatAddress,
  type ListenAddress,
  parseListen,
} from "../../receiver/listen-address.js";
import { byteSize } from "../byte-size.js";
import type { Context } from "../context.js";
import { durationOption, durationText } from "../duration.js";
import { shortDuration } from "../short-duration.js";
import { sizeText } from "../size-text.js";
import { UsageError } from "../usage-error.js";
import { forwardSettings } from "./forward-settings.js";
import { RETENTION } from "./retention-setting.js";
import { type Setting, setting } from "./setting.js";
import { storeFolder, storeFolderDefault } from "./store-folder-setting.js";

const MIB = 1024 * 1024;
/** So that a collector never fills the disk. Bytes. */
const KEEP_FREE_DEFAULT = 256 * MIB;

/** Each costs a look at every span that is searched. */
const CORRELATION_KEYS_MAX = 32;

/** A line of two steps saves nothing. */
const FOLD_MIN = 2;

function foldMin(text: string, name: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= FOLD_MIN && count <= FOLD_MIN_MAX) return count;
  throw new UsageError(`${name}=${text} is not a number from ${FOLD_MIN} to ${FOLD_MIN_MAX}`);
}

export const SETTINGS = {
  listen: setting<readonly ListenAddress[]>({
    key: "listen",
    flag: "listen",
    env: "JOBTRACE_LISTEN",
    read(text) {
      const read = parseListen(text);
      if (read.kind === "malformed") throw new UsageError(read.reason);
      return read.addresses;
    },
    fallback: () => DEFAULT_LISTEN,
    text: (addresses) => addresses.map(formatAddress).join(", "),
  }),
  token: setting<readonly string[]>({
    key: "token",
    env: "JOBTRACE_TOKEN",
    read(text, name) {
      const tokens = text.split(",").map((token) => token.trim());
      if (tokens.every((token) => /^[\x21-\x7e]+$/.test(token))) return tokens;
      throw new UsageError(
        `${name} is not a token, or several with commas between: no spaces, ASCII only`,
      );
    },
    fallback: () => [],
    text: (tokens) => tokens.map(() => "***").join(", "),
  }),
  store: setting<string>({
    key: "store",
    flag: "store",
    env: "JOBTRACE_STORE",
    read: storeFolder,
    fallback: storeFolderDefault,
  }),
  durability: setting<Durability>({
    key: "durability",
    flag: "durability",
    env: "JOBTRACE_DURABILITY",
    read: durabilityOf,
    fallback: () => ({ kind: "fsync" }),
    text: (durability) =>
      durability.kind === "interval" ? `interval=${durability.intervalMs}ms` : durability.kind,
  }),
  compress: setting<boolean>({
    key: "compress",
    flag: "compress",
    env: "JOBTRACE_COMPRESS",
    read: (text, name) => oneOf(["brotli", "none"], text, name) === "brotli",
    fallback: () => true,
    text: (compress) => (compress ? "brotli" : "none"),
  }),
  segmentSize: setting<number>({
    key: "segment_size",
    flag: "segment-size",
    env: "JOBTRACE_SEGMENT_SIZE",
    read: byteSize,
    fallback: () => 64 * MIB,
    text: bytesText,
  }),
  keepFree: setting<number>({
    key: "keep_free",
    flag: "keep-free",
    env: "JOBTRACE_KEEP_FREE",
    read: (text, name) => (text === "0" ? 0 : byteSize(text, name)),
    fallback: () => KEEP_FREE_DEFAULT,
    text: bytesText,
  }),
  retention: RETENTION,
  forward: forwardSettings("forward", "JOBTRACE_FORWARD"),
  forwardMode: setting<"job" | "as-received">({
    key: "forward.mode",
    flag: "forward-mode",
    env: "JOBTRACE_FORWARD_MODE",
    read: (text, name) => oneOf(["job", "as-received"], text, name),
    fallback: () => "job",
  }),
  forwardAsReceived: forwardSettings("forward_as_received", "JOBTRACE_FORWARD_AS_RECEIVED"),
  jaegerUi: setting<string | undefined>({
    key: "jaeger_ui",
    flag: "jaeger-ui",
    env: "JOBTRACE_JAEGER_UI",
    read(text, name) {
      if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
      throw new UsageError(`${name}=${text} is not the address of a page: http://localhost:16686`);
    },
    fallback: () => undefined,
    text: (page) => page ?? "",
  }),
  correlationKeys: setting<readonly string[]>({
    key: "correlation_keys",
    env: "JOBTRACE_CORRELATION_KEYS",
    read(text, name) {
      const keys = text.split(",").map((key) => key.trim());
      if (keys.every((key) => key !== "") && keys.length <= CORRELATION_KEYS_MAX) return keys;
      throw new UsageError(
        `${name}=${text} is not a list of up to ${CORRELATION_KEYS_MAX} attribute names with commas between`,
      );
    },
    fallback: () => DEFAULT_RULES.correlationKeys,
    text: (keys) => keys.join(", "),
  }),
  orphanAfter: setting<DurationNano>({
    key: "orphan_after",
    env: "JOBTRACE_ORPHAN_AFTER",
    read: durationOption,
    fallback: () => DEFAULT_RULES.orphanAfter,
    text: durationText,
  }),
  fold: setting<number>({
    key: "fold",
    flag: "fold",
    read: foldMin,
    fallback: () => DEFAULT_ARRANGEMENT.foldMin,
  }),
  gap: setting<Ns>({
    key: "gap",
    flag: "gap",
    read: shortDuration,
    fallback: () => DEFAULT_ARRANGEMENT.gapMin,
    text: formatDuration,
  }),
  color: setting<ColourChoice>({
    key: "color",
    flag: "color",
    fromEnv: colourOfEnv,
    read: (text, name) => oneOf(COLOUR_CHOICES, text, name),
    fallback: () => "auto",
  }),
  ascii: setting<boolean>({
    key: "ascii",
    flag: "ascii",
    env: "JOBTRACE_ASCII",
    read: flagOf,
    fallback: (context) => !isUtf8(context),
  }),
  width: setting<number | "none" | undefined>({
    key: "width",
    flag: "width",
    read(text, name) {
      if (text === "none") return text;
      if (/^\d{1,5}$/.test(text)) return Number(text);
      throw new UsageError(`${name}=${text} is not a number of columns, or none`);
    },
    fallback: () => undefined,
    text: (width) => String(width ?? "of the terminal; none when piped"),
  }),
  time: setting<TimeForm>({
    key: "time",
    flag: "time",
    env: "JOBTRACE_TIME",
    read: (text, name) => oneOf(TIME_FORMS, text, name),
    fallback: () => "offset",
  }),
  tz: setting<TimeZone>({
    key: "tz",
    flag: "tz",
    fromEnv: zoneOfEnv,
    read(text, name) {
      if (isTimeZone(text)) return text;
      throw new UsageError(
        `${name}=${text} is not a time zone: use UTC, local or a name such as Europe/Berlin`,
      );
    },
    fallback: ({ isTerminal }) => (isTerminal ? "local" : "UTC"),
  }),
} as const;

/** In the order of `jobtrace config`. */
export const ALL_SETTINGS: readonly Setting<unknown>[] = Object.values(SETTINGS).flatMap((each) =>
  "endpoint" in each ? [each.endpoint, ...each.options] : [each],
);

function oneOf<Word extends string>(words: readonly Word[], text: string, name: string): Word {
  const word = words.find((each) => each === text);
  if (word === undefined) throw new UsageError(`${name}=${text} is not one of ${words.join(", ")}`);
  return word;
}

function flagOf(text: string, name: string): boolean {
  if (/^(?:1|true|yes)$/i.test(text)) return true;
  if (/^(?:0|false|no)$/i.test(text)) return false;
  throw new UsageError(`${name}=${text} is not one of 1, 0, true, false`);
}

/** As it was most likely written. */
function bytesText(bytes: number): string {
  return bytes > 0 && bytes % MIB === 0 ? `${bytes / MIB} MiB` : sizeText(bytes);
}

function durabilityOf(text: string, name: string): Durability {
  if (text === "fsync" || text === "none") return { kind: text };
  const ms = /^interval(?:[=:](\d{1,5})ms)?$/.exec(text);
  if (ms === null)
    throw new UsageError(`${name}=${text} is not one of fsync, interval=100ms, none`);
  return { kind: "interval", intervalMs: Number(ms[1] ?? 100) };
}

/** NO_COLOR counts whatever it says (no-color.org); the others may say 0. */
function colourOfEnv({
  env,
}: Context): { readonly name: string; readonly text: string } | undefined {
  if (env["NO_COLOR"]) return { name: "NO_COLOR", text: "never" };
  const name = ["FORCE_COLOR", "CLICOLOR_FORCE"].find((each) => {
    const text = env[each] ?? "";
    return text !== "" && text !== "0" && text !== "false";
  });
  return name === undefined ? undefined : { name, text: "always" };
}

/** TZ has forms that are no zone of ours, such as `:/etc/localtime`: they are passed over. */
function zoneOfEnv({ env }: Context): { readonly name: string; readonly text: string } | undefined {
  const text = env["TZ"] ?? "";
  return text !== "" && isTimeZone(text) ? { name: "TZ", text } : undefined;
}

/** POSIX: the first of these that is set decides. Where none is, as in many containers, UTF-8 is what there is. */
function isUtf8({ env }: Context): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
