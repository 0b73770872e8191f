/** What the disk shim is told to do, handed to the process under test in an environment variable. */

/** Kinds of calls that faults count. `any` counts them all together. */
export type DiskCall = "open" | "write" | "sync" | "folderSync" | "truncate" | "rename" | "any";

export interface DiskFault {
  readonly call: DiskCall;
  /** Calls from this number on, the first is 1. */
  readonly from: number;
  /** The last one; all that follow when undefined. */
  readonly to?: number;
  /** Only on paths that end so; `.jlog` when undefined, "" for all. */
  readonly suffix?: string;
  readonly effect: /** Fails with this code, as `EIO`. */
    | { readonly kind: "error"; readonly code: string }
    /** Says that it was done and does nothing. */
    | { readonly kind: "lie" }
    /** A write takes half of what it was given. */
    | { readonly kind: "short" }
    | { readonly kind: "delay"; readonly ms: number }
    /** An error nobody expects, thrown where the callback would be called. */
    | { readonly kind: "throw" }
    /** SIGKILL before the call. */
    | { readonly kind: "kill" };
}

export interface DiskPlan {
  /** Where to write what became durable; see power-loss.ts. */
  readonly trace?: string;
  /** Where files are linked before they are replaced or removed, so that this can be undone. Same file system as the store. */
  readonly saved?: string;
  readonly faults?: readonly DiskFault[];
  /** Faults hold only while this file exists. */
  readonly whileThere?: string;
}

export const DISK_PLAN = "JOBTRACE_TEST_DISK";

/** What the shim writes to the trace, one JSON object a line, before the caller hears of it. Paths are absolute. */
export type DiskEvent =
  | { readonly call: "create" | "mkdir"; readonly path: string }
  /** All bytes below `size` are durable. */
  | { readonly call: "sync"; readonly path: string; readonly size: number }
  | { readonly call: "truncate"; readonly path: string; readonly size: number }
  /** `saved`: the file that stood there before. */
  | {
      readonly call: "rename";
      readonly from: string;
      readonly path: string;
      readonly saved?: string;
    }
  | { readonly call: "unlink"; readonly path: string; readonly saved?: string }
  | { readonly call: "folderSync"; readonly path: string };

/** How a process is started under the shim. */
export function underDisk(plan: DiskPlan): {
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const shim = new URL("./disk-shim.js", import.meta.url).href;
  return { nodeOptions: [`--import=${shim}`], env: { [DISK_PLAN]: JSON.stringify(plan) } };
}
