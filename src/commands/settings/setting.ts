/**
 * A setting: one value that may be given on the command line, in the environment or in the configuration file, looked for
 * in that order. Commands ask for `.of(line, context)` and never look in two places themselves.
 */
import type { CommandLine } from "../command-line.js";
import type { Context } from "../context.js";

/** Where a value was given. `name`: `--keep`, `JOBTRACE_STORE`, the path of the file. */
export type Origin =
  | { readonly kind: "flag" | "env" | "file"; readonly name: string }
  | { readonly kind: "default" };

export const DEFAULT: Origin = { kind: "default" };

export interface Chosen<Value> {
  readonly value: Value;
  readonly origin: Origin;
}

/** A value as it was written, and what to call it in a message: `--keep`, `./jobtrace.json: keep_free`. */
export interface Given {
  readonly text: string;
  readonly origin: Origin;
  readonly name: string;
}

export interface Setting<Value> {
  /** In the configuration file, with a dot where it lies in an object; `jobtrace config` lists it under this name. */
  readonly key: string;
  /** Without their dashes. */
  readonly flags: readonly string[];
  readonly envs: readonly string[];
  /** @throws UsageError */
  choose(line: CommandLine, context: Context): Chosen<Value>;
  /** @throws UsageError */
  of(line: CommandLine, context: Context): Value;
  /** The value as `jobtrace config` prints it, secrets masked. @throws UsageError */
  shown(line: CommandLine, context: Context): Chosen<string>;
}

export interface SettingSpec<Value> {
  readonly key: string;
  readonly flag?: string;
  readonly env?: string;
  /** For what the environment says in other words, as NO_COLOR does. Before `env` is looked at. */
  readonly fromEnv?: (
    context: Context,
  ) => { readonly name: string; readonly text: string } | undefined;
  /** `name`: as in `Given`. @throws UsageError */
  readonly read: (text: string, name: string) => Value;
  readonly fallback: (context: Context) => Value;
  readonly text?: (value: Value) => string;
}

export function setting<Value>(spec: SettingSpec<Value>): Setting<Value> {
  const { key, flag, env, read, fallback } = spec;
  const choose = (line: CommandLine, context: Context): Chosen<Value> => {
    const given = givenOf(spec, line, context);
    return given === undefined
      ? { value: fallback(context), origin: DEFAULT }
      : { value: read(given.text, given.name), origin: given.origin };
  };
  return {
    key,
    flags: flag === undefined ? [] : [flag],
    envs: env === undefined ? [] : [env],
    choose,
    of: (line, context) => choose(line, context).value,
    shown(line, context) {
      const { value, origin } = choose(line, context);
      return { value: (spec.text ?? String)(value), origin };
    },
  };
}

function givenOf(
  { key, flag, env, fromEnv }: Pick<SettingSpec<unknown>, "key" | "flag" | "env" | "fromEnv">,
  line: CommandLine,
  context: Context,
): Given | undefined {
  return (
    (flag === undefined ? undefined : givenByFlag(flag, line)) ??
    givenBySign(fromEnv?.(context)) ??
    (env === undefined ? undefined : givenByEnv(env, context)) ??
    givenByFile(key, context)
  );
}

export function givenByFlag(flag: string, line: CommandLine): Given | undefined {
  const text = line.flag(flag) ? "true" : line.text(flag);
  const name = `--${flag}`;
  return text === undefined ? undefined : { text, name, origin: { kind: "flag", name } };
}

function givenBySign(
  sign: { readonly name: string; readonly text: string } | undefined,
): Given | undefined {
  return sign === undefined ? undefined : { ...sign, origin: { kind: "env", name: sign.name } };
}

/** A variable that is set to nothing is not set, as for the exporters of OpenTelemetry. */
export function givenByEnv(name: string, { env }: Context): Given | undefined {
  const text = env[name] ?? "";
  return text === "" ? undefined : { text, name, origin: { kind: "env", name } };
}

/** @throws UsageError when the file cannot be read or says what no setting is. */
export function givenByFile(key: string, { config }: Context): Given | undefined {
  const file = config();
  const text = file?.values.get(key);
  if (file === undefined || text === undefined) return undefined;
  return { text, name: `${file.path}: ${key}`, origin: { kind: "file", name: file.path } };
}

/** `flag --keep`, `env JOBTRACE_STORE`, `file ./jobtrace.json`, `default`. */
export function originText(origin: Origin): string {
  return origin.kind === "default" ? "default" : `${origin.kind} ${origin.name}`;
}
