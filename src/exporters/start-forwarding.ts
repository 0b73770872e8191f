/** Forwarding to several peers at once, each in a thread of its own with its own cursor: one that is away slows no other. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { cursorFile, readCursor } from "../jobscope/store/cursor-file.js";
import type { Lsn } from "../jobscope/store/job-store.js";
import { openStoreFolder } from "../jobscope/store/store-folder.js";
import type { ForwardStatus } from "./forward-status.js";
import { cursorName, type ForwardTarget } from "./forward-target.js";
import type { ForwardReport, ForwardTask } from "./forward-worker.js";

export interface ForwardingOptions {
  readonly store: string;
  /** `jobtrace/1.2.3` */
  readonly userAgent: string;
  readonly onStatus: (status: ForwardStatus, before: ForwardStatus | undefined) => void;
  readonly onNotice: (text: string) => void;
  /** A thread ended by itself: nothing is forwarded to this peer until the next start. */
  readonly onFailed: (target: ForwardTarget, error: Error) => void;
}

export interface Forwarding {
  /** For each peer: what retention must leave there. */
  readonly needs: readonly { readonly name: string; readonly neededFrom: () => Lsn | undefined }[];
  readonly statuses: () => readonly ForwardStatus[];
  /** Waits for answers to what was sent, at most some seconds. */
  stop(): Promise<void>;
}

/** Megabytes of a thread's heap. A chunk of the log, taken apart, is some of it. */
const HEAP_MAX = 256;

/** The caller holds the store's lock. */
export function startForwarding(
  targets: readonly ForwardTarget[],
  options: ForwardingOptions,
): Forwarding {
  const peers = targets.map((target) => startPeer(target, options));
  return {
    needs: peers.map(({ name, neededFrom }) => ({ name, neededFrom })),
    statuses: () => peers.flatMap(({ status }) => status() ?? []),
    stop: async () => void (await Promise.all(peers.map((peer) => peer.stop()))),
  };
}

interface Peer {
  readonly name: string;
  readonly neededFrom: () => Lsn;
  readonly status: () => ForwardStatus | undefined;
  stop(): Promise<void>;
}

function startPeer(target: ForwardTarget, options: ForwardingOptions): Peer {
  const { store, userAgent, onStatus, onNotice, onFailed } = options;
  const task: ForwardTask = { store, target, userAgent };
  const worker = new Worker(new URL("./forward-worker.js", import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX },
  });
  const cursor = readCursor(openStoreFolder(store), cursorFile(store, cursorName(target)));
  let next = cursor.kind === "at" ? cursor.next : 0;
  let last: ForwardStatus | undefined;
  worker.on("message", (report: ForwardReport) => {
    if (report.kind === "notice") {
      onNotice(report.text);
      return;
    }
    next = report.status.next;
    onStatus(report.status, last);
    last = report.status;
  });
  worker.on("error", (error: Error) => onFailed(target, error));
  return {
    name: target.name,
    neededFrom: () => next,
    status: () => last,
    async stop() {
      if (worker.threadId === -1) return;
      const ended = once(worker, "exit");
      worker.postMessage("stop");
      await ended;
    },
  };
}
