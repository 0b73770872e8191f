/**
 * Loaded by `node --import` into a process under test: stands between it and `node:fs`, notes what became durable, and
 * makes calls fail as disk-plan.ts says. The process runs the same code as without it.
 *
 * Functions of node:fs that are imported by name are bound when a module is loaded, so this must be loaded first and
 * tells Node to renew the names.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, resolve } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import { diskError, type FaultOf, faultCounter } from "./disk-faults.js";
import {
  DISK_PLAN,
  type DiskCall,
  type DiskEvent,
  type DiskFault,
  type DiskPlan,
} from "./disk-plan.js";

type Args = unknown[];
type Call = (...args: Args) => unknown;
type Done = (error: Error | null, ...results: Args) => void;
type Effect = DiskFault["effect"] | undefined;

/** A call on an open file: its kind, and what to note when it went well. */
interface FileCall {
  readonly kind: (path: string) => DiskCall;
  /** Called before; what it gives is called after. */
  readonly note: (fd: number, path: string, args: Args) => () => void;
}

const plan = JSON.parse(process.env[DISK_PLAN] ?? "{}") as DiskPlan;
/** Faults are for the thread that acknowledges; sealing has its own. */
const faultOf: FaultOf = isMainThread ? faultCounter(plan) : () => undefined;
const real = { ...fs };
const patched = fs as unknown as Record<string, Call>;
const traceFd = plan.trace === undefined ? undefined : real.openSync(plan.trace, "a");
let savedCount = 0;

/** The unpatched function of this name. */
function original(name: string, args: Args): unknown {
  return (real as unknown as Readonly<Record<string, Call>>)[name]?.(...args);
}

function trace(event: DiskEvent): void {
  if (traceFd !== undefined) real.writeSync(traceFd, `${JSON.stringify(event)}\n`);
}

function pathOf(fd: unknown): string {
  try {
    return real.readlinkSync(`/proc/self/fd/${Number(fd)}`);
  } catch {
    return "";
  }
}

/** Sockets, pipes and the process's own files are none of our concern. */
function isFile(path: string): boolean {
  return path.startsWith("/") && !path.startsWith("/dev/") && !path.startsWith("/proc/");
}

function isFolder(path: string): boolean {
  return real.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const noteNothing = (): (() => void) => () => undefined;

const WRITE: FileCall = { kind: () => "write", note: noteNothing };

const SYNC: FileCall = {
  kind: (path) => (isFolder(path) ? "folderSync" : "sync"),
  note(fd, path) {
    if (isFolder(path)) return () => trace({ call: "folderSync", path });
    // What is written while the sync runs may or may not be in it.
    const { size } = real.fstatSync(fd);
    return () => trace({ call: "sync", path, size });
  },
};

const TRUNCATE: FileCall = {
  kind: () => "truncate",
  note: (_fd, path, args) => () => trace({ call: "truncate", path, size: Number(args[1] ?? 0) }),
};

/** Half of a write. */
function shortened(name: string, args: Args): Args {
  if (name.startsWith("writev")) {
    const [fd, buffers, ...rest] = args;
    const [first = new Uint8Array()] = buffers as readonly Uint8Array[];
    return [fd, [first.subarray(0, Math.ceil(first.length / 2))], ...rest];
  }
  const [fd, bytes, offset, length, ...rest] = args;
  return [fd, bytes, offset, Math.ceil(Number(length) / 2), ...rest];
}

/** What a call that lies says it did. */
function claimed(name: string, args: Args): Args {
  if (name.startsWith("writev")) {
    const buffers = args[1] as readonly Uint8Array[];
    return [buffers.reduce((sum, { length }) => sum + length, 0)];
  }
  if (!name.startsWith("write")) return [];
  const bytes = args[1] as Uint8Array;
  return [typeof args[3] === "number" ? args[3] : bytes.length];
}

function patchAsync(name: string, { kind, note }: FileCall): void {
  patched[name] = (...args) => {
    const done = args.pop() as Done;
    const path = pathOf(args[0]);
    if (!isFile(path)) return original(name, [...args, done]);
    const effect = faultOf(kind(path), path);
    const noted = note(Number(args[0]), path, args);
    const run = (given: Args): unknown =>
      original(name, [
        ...given,
        (error: Error | null, ...results: Args) => {
          if (error === null) noted();
          done(error, ...results);
        },
      ]);
    switch (effect?.kind) {
      case undefined:
        return run(args);
      case "error":
        return setImmediate(() => done(diskError(effect.code, name)));
      case "lie":
        return setImmediate(() => done(null, ...claimed(name, args)));
      case "short":
        return run(shortened(name, args));
      case "delay":
        return setTimeout(() => run(args), effect.ms);
      case "throw":
        return setImmediate(() => {
          throw new Error(`injected, ${name}`);
        });
      case "kill":
        return killSelf();
    }
  };
}

function patchSync(name: string, { kind, note }: FileCall): void {
  patched[name] = (...args) => {
    const path = pathOf(args[0]);
    if (!isFile(path)) return original(name, args);
    const effect = faultOf(kind(path), path);
    if (effect?.kind === "lie") return claimed(name, args)[0];
    act(effect, name);
    const noted = note(Number(args[0]), path, args);
    const result = original(name, effect?.kind === "short" ? shortened(name, args) : args);
    noted();
    return result;
  };
}

/** Of a call that is made at once. */
function act(effect: Effect, name: string): void {
  if (effect?.kind === "error") throw diskError(effect.code, name);
  if (effect?.kind === "throw") throw new Error(`injected, ${name}`);
  if (effect?.kind === "kill") killSelf();
  if (effect?.kind === "delay")
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, effect.ms);
}

function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
  // The signal is delivered on the way back from the call; nothing of ours may run until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}

/** Keeps what a name stands for, under another name. */
function save(path: string): { readonly saved?: string } {
  if (plan.saved === undefined || !real.existsSync(path)) return {};
  const saved = join(plan.saved, `${process.pid}-${threadId}-${savedCount++}`);
  real.linkSync(path, saved);
  return { saved };
}

for (const name of ["write", "writev"]) patchAsync(name, WRITE);
for (const name of ["writeSync", "writevSync"]) patchSync(name, WRITE);
for (const name of ["fsync", "fdatasync"]) patchAsync(name, SYNC);
for (const name of ["fsyncSync", "fdatasyncSync"]) patchSync(name, SYNC);
patchAsync("ftruncate", TRUNCATE);
patchSync("ftruncateSync", TRUNCATE);

patched["openSync"] = (...args) => {
  const path = resolve(String(args[0]));
  act(faultOf("open", path), "open");
  const isNew = !real.existsSync(path);
  const fd = original("openSync", args);
  if (isNew) trace({ call: "create", path });
  // O_TRUNC, or "w".
  else if (args[1] === "w" || (typeof args[1] === "number" && args[1] & fs.constants.O_TRUNC))
    trace({ call: "truncate", path, size: 0 });
  return fd;
};

patched["truncateSync"] = (...args) => {
  const result = original("truncateSync", args);
  trace({ call: "truncate", path: resolve(String(args[0])), size: Number(args[1] ?? 0) });
  return result;
};

patched["renameSync"] = (...args) => {
  const [from, path] = [resolve(String(args[0])), resolve(String(args[1]))];
  act(faultOf("rename", path), "rename");
  const saved = save(path);
  const result = original("renameSync", args);
  trace({ call: "rename", from, path, ...saved });
  return result;
};

for (const name of ["rmSync", "unlinkSync"]) {
  patched[name] = (...args) => {
    const path = resolve(String(args[0]));
    const wasThere = real.existsSync(path);
    const saved = save(path);
    const result = original(name, args);
    if (wasThere) trace({ call: "unlink", path, ...saved });
    return result;
  };
}

patched["mkdirSync"] = (...args) => {
  const made = original("mkdirSync", args);
  const path = resolve(String(args[0]));
  if (typeof made !== "string") return made;
  const levels = [];
  for (let folder = path; folder.length >= made.length; folder = dirname(folder))
    levels.unshift(folder);
  for (const folder of levels) trace({ call: "mkdir", path: folder });
  return made;
};

syncBuiltinESMExports();
