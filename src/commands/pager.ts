/**
 * Text for a terminal: held until it is known whether it fits the screen. What fits is printed, what is longer goes to the
 * reader's pager, as git does it.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Writable } from "node:stream";
import { displayWidth } from "../jobscope/inspect/layout.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Of a terminal that does not say. */
const ROWS_DEFAULT = 24;
const COLUMNS_DEFAULT = 80;

/**
 * F: ends where all fits one screen. R: colours pass. X: what was shown stays. No S: a line that is cut hides what it says.
 */
const LESS_OPTIONS = "FRX";

/** JOBTRACE_PAGER, else PAGER, else less; undefined: none is wanted, or none is there. */
export function pagerOf(env: Env): string | undefined {
  if ((env["TERM"] ?? "dumb") === "dumb") return undefined;
  const command = (env["JOBTRACE_PAGER"] ?? env["PAGER"] ?? "less").trim();
  const [program = ""] = command.split(/\s+/);
  if (program === "" || program === "cat") return undefined;
  // What is more than a word the shell may understand; what is a word must be there.
  return /[^\w./+-]/.test(program) || isInstalled(program, env) ? command : undefined;
}

function isInstalled(program: string, env: Env): boolean {
  const folders = isAbsolute(program) || program.includes("/") ? [""] : pathOf(env);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function pathOf(env: Env): readonly string[] {
  return (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

export interface Screen {
  /** 0 or undefined: not known. */
  readonly rows: number | undefined;
  readonly columns: number | undefined;
}

export interface PagedOutput {
  /** Whether the pager has the terminal. */
  readonly isPaging: boolean;
  write(text: string): void;
  drained(): Promise<void>;
  /** Resolves when all is printed and the reader has left the pager. */
  end(): Promise<void>;
}

export interface PagedOptions {
  readonly pager: string;
  readonly env: Env;
  readonly screen: Screen;
  /** Prints what needs no pager. */
  readonly write: (text: string) => void;
  /** The reader left the pager before all was printed. */
  readonly onLeft: () => void;
}

export function createPagedOutput({
  pager,
  env,
  screen,
  write,
  onLeft,
}: PagedOptions): PagedOutput {
  // The prompt needs a line, too.
  const roomRows = (screen.rows || ROWS_DEFAULT) - 1;
  const columns = screen.columns || COLUMNS_DEFAULT;
  let held: string[] = [];
  let heldRows = 0;
  let child: ChildProcessByStdio<Writable, null, null> | undefined;
  let isEnding = false;

  function start(): Writable {
    const options = { LESS: LESS_OPTIONS, ...env };
    child = spawn("sh", ["-c", pager], { stdio: ["pipe", "inherit", "inherit"], env: options });
    // It is told of by the end of the pager.
    child.stdin.on("error", () => undefined);
    child.on("exit", () => {
      if (!isEnding) onLeft();
    });
    child.stdin.write(held.join(""));
    held = [];
    return child.stdin;
  }

  return {
    get isPaging() {
      return child !== undefined && child.exitCode === null && child.signalCode === null;
    },
    write(text) {
      if (child !== undefined) {
        child.stdin.write(text);
        return;
      }
      held.push(text);
      heldRows += rowsOf(text, columns);
      if (heldRows > roomRows) start();
    },
    async drained() {
      const pipe = child?.stdin;
      if (pipe?.writableNeedDrain === true)
        await Promise.race([once(pipe, "drain"), once(pipe, "close")]);
    },
    async end() {
      isEnding = true;
      if (child === undefined) {
        write(held.join(""));
        return;
      }
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** Lines that are longer than the screen is wide take several. `text` ends with a line break. */
function rowsOf(text: string, columns: number): number {
  return text
    .slice(0, -1)
    .split("\n")
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}

/** Without colours (ECMA-48 "Select Graphic Rendition"). */
function widthOf(line: string): number {
  // oxlint-disable-next-line no-control-regex
  return displayWidth(line.replace(/\x1b\[[\d;]*m/g, ""));
}
