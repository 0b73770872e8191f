/** How long and how much `serve` keeps: `--keep`, `--keep-size`, JOBTRACE_RETENTION, and what is said of it. */
import { durationNano, NANOS_PER_SECOND } from "../jobscope/model/time.js";
import type { RetentionLimits } from "../jobscope/store/retention-plan.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { durationText, parseDuration } from "./duration.js";
import { parseSize, sizeText } from "./size.js";
import { UsageError } from "./usage-error.js";

/** Sidekiq's 25 retries take 20.4 days, and the whole story of such a job is to be there. */
const KEEP_DEFAULT = durationNano(30n * 86_400n * NANOS_PER_SECOND);
const KEEP_BYTES_DEFAULT = 20e9;

const FOREVER = "forever";

export interface ChosenRetention {
  readonly limits: RetentionLimits;
  readonly origin: "default" | "option" | "JOBTRACE_RETENTION";
}

/** @throws UsageError */
export function retentionOf(line: CommandLine, env: Context["env"]): ChosenRetention {
  const keep = line.text("keep");
  const keepSize = line.text("keep-size");
  if (keep === undefined && keepSize === undefined) return retentionFromEnv(env);
  return { limits: limitsOf(keep, keepSize, ["--keep=", "--keep-size="]), origin: "option" };
}

/** `30d,20GB`, either alone, or `forever`. @throws UsageError */
export function retentionFromEnv(env: Context["env"]): ChosenRetention {
  const text = env["JOBTRACE_RETENTION"] ?? "";
  if (text === "") return { limits: limitsOf(undefined, undefined, ["", ""]), origin: "default" };
  const parts = text.split(",").map((part) => part.trim());
  const isAge = (part: string): boolean =>
    part === FOREVER || parseDuration(part).kind === "duration";
  const [age, ...moreAges] = parts.filter(isAge);
  const [size, ...moreSizes] = parts.filter((part) => !isAge(part));
  if (moreAges.length + moreSizes.length > 0 || parts.includes(""))
    throw new UsageError(`JOBTRACE_RETENTION=${text} is not of the form 30d,20GB`);
  const names = ["JOBTRACE_RETENTION: ", "JOBTRACE_RETENTION: "] as const;
  return { limits: limitsOf(age, size, names), origin: "JOBTRACE_RETENTION" };
}

/** `names`: what stands before a bad value in the message. Who says forever means it, unless a size is named as well. */
function limitsOf(
  age: string | undefined,
  size: string | undefined,
  names: readonly [age: string, size: string],
): RetentionLimits {
  const isForever = age === FOREVER;
  return {
    ageMax: isForever ? undefined : age === undefined ? KEEP_DEFAULT : durationOf(age, names[0]),
    bytesMax:
      size !== undefined ? bytesOf(size, names[1]) : isForever ? undefined : KEEP_BYTES_DEFAULT,
  };
}

/** `name`: what stands before the value in the message. @throws UsageError */
export function durationOf(text: string, name: string): NonNullable<RetentionLimits["ageMax"]> {
  const read = parseDuration(text);
  if (read.kind === "malformed") throw new UsageError(`${name}${read.reason}`);
  return read.duration;
}

/** `name`: what stands before the value in the message. @throws UsageError */
export function bytesOf(text: string, name: string): number {
  const read = parseSize(text);
  if (read.kind === "malformed") throw new UsageError(`${name}${read.reason}`);
  return read.bytes;
}

/** `30d, 20 GB`; `forever`. */
export function limitsText({ ageMax, bytesMax }: RetentionLimits): string {
  const parts = [
    ageMax === undefined ? undefined : durationText(ageMax),
    bytesMax === undefined ? undefined : sizeText(bytesMax),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? FOREVER : parts.join(", ");
}
