/**
 * What of a store would be on the disk if the machine lost power now, worked out from the disk shim's trace: how far each
 * file is synced, and which names are not durable because their folder was not synced since.
 */
import { dirname } from "node:path";
import type { DiskEvent } from "./disk-plan.js";

/** A change of a folder that a power loss may undo. */
export type PendingName = Extract<
  DiskEvent,
  { readonly call: "create" | "mkdir" | "rename" | "unlink" }
>;

export interface DurableState {
  /** Bytes from the start that are durable, by path; 0 for a file that is not listed. */
  readonly synced: ReadonlyMap<string, number>;
  /** In the order they were made. */
  readonly pending: readonly PendingName[];
}

export function durableState(events: readonly DiskEvent[]): DurableState {
  const synced = new Map<string, number>();
  let pending: PendingName[] = [];
  for (const event of events) {
    const { path } = event;
    switch (event.call) {
      case "sync":
        synced.set(path, event.size);
        break;
      case "truncate":
        // Bytes that are written where others were cut off are not durable.
        synced.set(path, Math.min(synced.get(path) ?? 0, event.size));
        break;
      case "folderSync":
        pending = pending.filter((name) => dirname(name.path) !== path);
        break;
      case "rename":
        synced.set(path, synced.get(event.from) ?? 0);
        synced.delete(event.from);
        // The name it had is gone either way, so whether that was durable does not matter any more.
        pending = pending.filter((name) => name.path !== event.from);
        pending.push(event);
        break;
      case "unlink":
        synced.delete(path);
        pending.push(event);
        break;
      case "create":
      case "mkdir":
        pending.push(event);
    }
  }
  return { synced, pending };
}
