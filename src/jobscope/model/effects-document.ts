/** What an attempt or a job changed and called, as the document has it. */
import type { Ns } from "./document-units.js";

export interface Effects {
  readonly tables: readonly TableEffect[];
  readonly http: readonly HttpEffect[];
  readonly redis: readonly RedisEffect[];
  readonly jobs: readonly {
    readonly class: string;
    readonly queue: string | null;
    readonly jids: readonly string[];
  }[];
  readonly mail: { readonly count: number };
  readonly errors: number;
}

export interface TableEffect {
  readonly system: string;
  readonly database: string | null;
  readonly table: string;
  readonly reads: number;
  readonly inserts: Rows;
  readonly updates: Rows;
  readonly deletes: Rows;
  /** null: reads only. */
  readonly outcome: "committed" | "rolled_back" | "no_end_recorded" | "mixed" | "unknown" | null;
}

export interface Rows {
  readonly statements: number;
  readonly rows: number | null;
}

export interface HttpEffect {
  readonly method: string;
  readonly host: string | null;
  readonly path_pattern: string | null;
  readonly calls: number;
  /** Status code → calls, in ascending order of code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly total_ns: Ns;
}

export interface RedisEffect {
  readonly host: string | null;
  readonly command: string;
  readonly calls: number;
  readonly writes: boolean;
}

export const NO_EFFECTS: Effects = {
  tables: [],
  http: [],
  redis: [],
  jobs: [],
  mail: { count: 0 },
  errors: 0,
};
