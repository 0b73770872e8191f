/** Keeps the writer from filling the disk, which everything else on the machine needs as well. */
import { statfsSync } from "node:fs";
import { StoreError } from "./store-error.js";

export interface DiskRoom {
  /** @throws StoreError while there is less room than was asked for. */
  assertLeft(): void;
}

/** Between looks: what a fast disk takes meanwhile is small beside what is left free. Milliseconds. */
const LOOK_EVERY_MS = 1000;

/** `path`: a folder on the disk. `freeMin`: bytes that unprivileged processes can still use; 0: all may be used. */
export function createDiskRoom(path: string, freeMin: number): DiskRoom {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    assertLeft() {
      if (freeMin === 0 || performance.now() - lookedAt < LOOK_EVERY_MS) return;
      const { bavail, bsize } = statfsSync(path);
      if (bavail * bsize < freeMin) {
        throw new StoreError(
          "write_failed",
          `cannot write spans: the disk has ${megabytes(bavail * bsize)} left and ${megabytes(freeMin)} are to stay free`,
        );
      }
      // Only when there was room: the first commit after somebody made some goes through.
      lookedAt = performance.now();
    },
  };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e6)} MB`;
}
