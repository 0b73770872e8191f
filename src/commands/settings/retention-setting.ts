/** How long and how much `serve` keeps. One setting of two parts: what gives either of them decides both. */
import { durationNano, NANOS_PER_SECOND } from "../../jobscope/model/time.js";
import type { RetentionLimits } from "../../jobscope/store/retention-plan.js";
import { byteSize } from "../byte-size.js";
import type { CommandLine } from "../command-line.js";
import type { Context } from "../context.js";
import { durationOption, durationText, parseDuration } from "../duration.js";
import { sizeText } from "../size-text.js";
import { UsageError } from "../usage-error.js";
import {
  type Chosen,
  DEFAULT,
  type Given,
  givenByEnv,
  givenByFile,
  givenByFlag,
  type Setting,
} from "./setting.js";

/** Sidekiq's 25 retries take 20.4 days, and the whole story of such a job is to be there. */
const KEEP_DEFAULT = durationNano(30n * 86_400n * NANOS_PER_SECOND);
const KEEP_BYTES_DEFAULT = 20e9;

export const RETENTION_DEFAULT = { ageMax: KEEP_DEFAULT, bytesMax: KEEP_BYTES_DEFAULT } as const;

const FOREVER = "forever";
const ENV = "JOBTRACE_RETENTION";

export const RETENTION: Setting<RetentionLimits> = {
  key: "retention",
  flags: ["keep", "keep-size"],
  envs: [ENV],
  choose,
  of: (line, context) => choose(line, context).value,
  shown(line, context) {
    const { value, origin } = choose(line, context);
    return { value: limitsText(value), origin };
  },
};

function choose(line: CommandLine, context: Context): Chosen<RetentionLimits> {
  const inParts = [
    [givenByFlag("keep", line), givenByFlag("keep-size", line)],
    wholeOf(givenByEnv(ENV, context)),
    wholeOf(givenByFile("retention", context)),
    [givenByFile("retention.max_age", context), givenByFile("retention.max_bytes", context)],
  ] as const;
  for (const [age, size] of inParts) {
    const origin = age?.origin ?? size?.origin;
    if (origin !== undefined) return { value: limitsOf(age, size), origin };
  }
  return { value: limitsOf(undefined, undefined), origin: DEFAULT };
}

/** `30d,20GB`, either alone, or `forever`. */
function wholeOf(
  given: Given | undefined,
): readonly [age: Given | undefined, size: Given | undefined] {
  if (given === undefined) return [undefined, undefined];
  const parts = given.text.split(",").map((part) => part.trim());
  const isAge = (part: string): boolean => part === FOREVER || parseDuration(part) !== undefined;
  const [age, ...moreAges] = parts.filter(isAge);
  const [size, ...moreSizes] = parts.filter((part) => !isAge(part));
  if (moreAges.length + moreSizes.length > 0 || parts.includes(""))
    throw new UsageError(`${given.name}=${given.text} is not of the form 30d,20GB`);
  const part = (text: string | undefined): Given | undefined =>
    text === undefined ? undefined : { ...given, text };
  return [part(age), part(size)];
}

/** Who says forever means it, unless a size is named as well. */
function limitsOf(age: Given | undefined, size: Given | undefined): RetentionLimits {
  const isForever = age?.text === FOREVER;
  return {
    ageMax: isForever
      ? undefined
      : age === undefined
        ? KEEP_DEFAULT
        : durationOption(age.text, age.name),
    bytesMax:
      size !== undefined
        ? byteSize(size.text, size.name)
        : isForever
          ? undefined
          : KEEP_BYTES_DEFAULT,
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
