/** Who listens on a port, from Linux's /proc; where that cannot be told, nobody is named. */
import { readdir, readFile, readlink } from "node:fs/promises";

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** proc(5): the state of a listening socket. */
const LISTEN = "0A";

export async function holderOfPort(port: number): Promise<PortHolder | undefined> {
  try {
    const inodes = await listeningInodes(port);
    if (inodes.size === 0) return undefined;
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      if (await hasSocket(pid, inodes))
        return { pid: Number(pid), name: (await readFile(`/proc/${pid}/comm`, "utf8")).trim() };
    }
  } catch {
    // Not Linux, or /proc is hidden: the message does without a name.
  }
  return undefined;
}

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await readFile(table, "utf8")).split("\n")) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(wanted) && fields[3] === LISTEN && fields[9] !== undefined)
        inodes.add(`socket:[${fields[9]}]`);
    }
  }
  return inodes;
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      if (inodes.has(await readlink(`/proc/${pid}/fd/${fd}`))) return true;
    }
  } catch {
    // Another user's process, or one that just ended.
  }
  return false;
}
