/** How long and how much `serve` keeps: `--keep`, `--keep-size`, JOBTRACE_RETENTION, and what is said of it. */
import { durationNano, NANOS_PER_SECOND } from "../jobscope/model/time.js";
import type { RetentionLimits } from "../jobscope/store/retention-plan.js";
import { byteSize } from "./byte-size.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { durationOption, durationText, parseDuration } from "./duration.js";
import { sizeText } from "./size-text.js";
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
  return { limits: limitsOf(keep, keepSize, ["--keep", "--keep-size"]), origin: "option" };
}

/** `30d,20GB`, either alone, or `forever`. @throws UsageError */
export function retentionFromEnv(env: Context["env"]): ChosenRetention {
  const text = env["JOBTRACE_RETENTION"] ?? "";
  if (text === "") return { limits: limitsOf(undefined, undefined, ["", ""]), origin: "default" };
  const parts = text.split(",").map((part) => part.trim());
  const isAge = (part: string): boolean => part === FOREVER || parseDuration(part) !== undefined;
  const [age, ...moreAges] = parts.filter(isAge);
  const [size, ...moreSizes] = parts.filter((part) => !isAge(part));
  if (moreAges.length + moreSizes.length > 0 || parts.includes(""))
    throw new UsageError(`JOBTRACE_RETENTION=${text} is not of the form 30d,20GB`);
  const names = ["JOBTRACE_RETENTION", "JOBTRACE_RETENTION"] as const;
  return { limits: limitsOf(age, size, names), origin: "JOBTRACE_RETENTION" };
}

/** `names`: how they were given, for the message. Who says forever means it, unless a size is named as well. */
function limitsOf(
  age: string | undefined,
  size: string | undefined,
  names: readonly [age: string, size: string],
): RetentionLimits {
  const isForever = age === FOREVER;
  return {
    ageMax: isForever
      ? undefined
      : age === undefined
        ? KEEP_DEFAULT
        : durationOption(age, names[0]),
    bytesMax:
      size !== undefined ? byteSize(size, names[1]) : isForever ? undefined : KEEP_BYTES_DEFAULT,
  };
}

/** `30d, 20 GB`; `forever`. */
export function limitsText({ ageMax, bytesMax }: RetentionLimits): string {
  const parts = [
    ageMax === undefined ? undefined : durationText(ageMax),
    bytesMax === undefined ? undefined : sizeText(bytesMax),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? FOREVER : parts.join(", ");
}
