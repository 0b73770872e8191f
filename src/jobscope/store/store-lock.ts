/**
 * One writer to a store.
 *
 * Where `flock(1)` is there (util-linux, busybox) the kernel holds the lock: it is tied to our open file, holds
 * across containers that share the folder, and is gone the moment the process is, also by kill -9. The command is
 * started once with our file descriptor, locks it and ends; the lock stays with the descriptor. Elsewhere the LOCK file's
 * content decides: it names the holder, and is taken over only when that process is provably gone.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, readFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StoreError } from "./store-error.js";
import { CREATE, openFile } from "./open-file.js";

export interface StoreLock {
  release(): void;
}

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of the machine's boot; a holder of an earlier one is gone. */
  readonly boot: string;
  /** Of the process, in clock ticks since boot: tells a reused pid. */
  readonly start: string;
}

/** @throws StoreError with code "locked", naming the holder. */
export function lockStore(path: string): StoreLock {
  const file = join(path, "LOCK");
  const fd = openFile(file, CREATE);
  try {
    const holder = readHolder(file);
    const locked = lockByKernel(fd) ?? !(holder !== undefined && mayBeAlive(holder));
    if (!locked) throw lockedError(path, holder);
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(self())}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      ftruncateSync(fd, 0);
      closeSync(fd);
    },
  };
}

/**
 * Who writes to the store, as far as LOCK tells: a holder that was killed is told from a living one on this machine and
 * on no other. Takes no lock, so that looking does not keep a writer out.
 */
export function storeHolder(path: string): Holder | undefined {
  const holder = readHolder(join(path, "LOCK"));
  return holder !== undefined && mayBeAlive(holder) ? holder : undefined;
}

/** undefined: there is no flock command here. */
function lockByKernel(fd: number): boolean | undefined {
  const { error, status } = spawnSync("flock", ["-n", "-x", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  if (error !== undefined) return undefined;
  return status === 0;
}

function lockedError(path: string, holder: Holder | undefined): StoreError {
  const who = holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}`;
  return new StoreError(
    "locked",
    `the store ${path} is written by ${who}: one store has one writer`,
  );
}

function self(): Holder {
  return {
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    start: processStart(process.pid) ?? "",
  };
}

/** Of another host or container nothing can be known, so it counts as alive. */
function mayBeAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.boot !== bootId()) return false;
  const start = processStart(holder.pid);
  if (start !== undefined) return start === holder.start;
  return isRunning(holder.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as Partial<Holder>;
    return typeof holder.pid === "number"
      ? ({ host: "", boot: "", start: "", ...holder } as Holder)
      : undefined;
  } catch {
    // Empty after a clean release, or cut by a crash: either way it names nobody.
    return undefined;
  }
}

function bootId(): string {
  return readProc("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** Field 22 of /proc/<pid>/stat; undefined where there is no such process, or no /proc. */
function processStart(pid: number): string | undefined {
  // The command's name is in brackets and may hold spaces, so fields are counted after it.
  return readProc(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ")[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or the process is gone.
    return undefined;
  }
}
