/** What a command may know of the world around it. Only main.ts makes one. */
import type { UnixNano } from "../jobscope/model/time.js";
import type { ConfigFile } from "./settings/config-file.js";

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read when first asked for; undefined where there is none. @throws UsageError */
  readonly config: () => ConfigFile | undefined;
  /** Data. Lines get their line break here. */
  readonly print: (line: string) => void;
  /** Resolves when what was printed has been taken, or as much of it as leaves room for more. */
  readonly drained: () => Promise<void>;
  /** Notes and errors. */
  readonly note: (line: string) => void;
  /** Writes a line over the one written so before; undefined when stderr is no terminal. */
  readonly rewrite: ((line: string) => void) | undefined;
  /** From now on what is longer than the screen goes through the reader's pager; absent where there is no terminal. */
  readonly startPaging?: (() => void) | undefined;
  /** From now on a signal ends nothing but `signal`; the next one does. */
  readonly takeSignals?: (() => void) | undefined;
  readonly isTerminal: boolean;
  /** Of the terminal; undefined when stdout is none. */
  readonly columns: number | undefined;
  readonly version: string;
  readonly now: () => UnixNano;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
