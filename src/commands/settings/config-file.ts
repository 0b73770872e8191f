/**
 * The configuration file: which one is read, and what it says. One file is read and never merged with another, so that what
 * holds can be seen in one place.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { CommandLine } from "../command-line.js";
import { UsageError } from "../usage-error.js";
import { flattenConfig } from "./config-shape.js";

export interface ConfigFile {
  /** As it was named, for messages. */
  readonly path: string;
  /** Key → text; parts of an object as `retention.max_age`. */
  readonly values: ReadonlyMap<string, string>;
}

const LOCAL = "./jobtrace.json";
/** Larger is something else. Bytes. */
const SIZE_MAX = 1_000_000;

type Env = Readonly<Record<string, string | undefined>>;

/** undefined: there is none. @throws UsageError for one that was named and is not there, and for what is wrong in it. */
export function readConfig(line: CommandLine, env: Env): ConfigFile | undefined {
  if (line.flag("no-config")) return undefined;
  const named = line.text("config") ?? (env["JOBTRACE_CONFIG"] || undefined);
  if (named !== undefined) {
    const text = textOf(named);
    if (text === undefined)
      throw new UsageError(
        `there is no file ${named}: --config and JOBTRACE_CONFIG name the configuration`,
      );
    return parsed(named, text);
  }
  for (const path of [LOCAL, userConfig(env)]) {
    const text = textOf(path);
    if (text !== undefined) return parsed(path, text);
  }
  return undefined;
}

/** XDG Base Directory: "user-specific configuration files". */
function userConfig(env: Env): string {
  return join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "jobtrace", "config.json");
}

/** undefined: no such file. */
function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > SIZE_MAX) throw new UsageError(`${path} is too large for a configuration`);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    // A part of the path that is a file.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(`cannot read the configuration: ${message}`);
  }
}

function parsed(path: string, text: string): ConfigFile {
  let document: unknown;
  try {
    // Editors on Windows begin a file with a mark.
    document = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UsageError(
      `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { path, values: flattenConfig(document, path, dirname(resolve(path))) };
}
