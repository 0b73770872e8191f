/**
 * The worker thread of start-forwarding.ts: reads the store as any reader does and sends to one peer, so that receiving
 * never waits for it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { unixNano, type UnixNano } from "../jobscope/model/time.js";
import { openCursor, cursorFile, readCursor } from "../jobscope/store/cursor-file.js";
import { openFileStoreReader } from "../jobscope/store/file-store-reader.js";
import { openStoreFolder } from "../jobscope/store/store-folder.js";
import { indexBatch } from "../processor/batch-index.js";
import { saveStatus } from "./forward-status-file.js";
import { firstStatus, type ForwardStatus, statusAfter } from "./forward-status.js";
import { cursorName, type ForwardTarget } from "./forward-target.js";
import { type ForwardChange, type Forwarder, startForwarder } from "./forwarder.js";
import { createGrpcSender } from "./grpc-sender.js";
import { createHttpSender } from "./http-sender.js";
import { createJobSource } from "./job-source.js";
import { createReceivedSource } from "./received-source.js";
import { createRejectedSpans } from "./rejected-spans.js";

export interface ForwardTask {
  readonly store: string;
  readonly target: ForwardTarget;
  readonly userAgent: string;
}

export type ForwardReport =
  | { readonly kind: "status"; readonly status: ForwardStatus }
  /** Worth a line of its own. */
  | { readonly kind: "notice"; readonly text: string };

/** Between two reports of the same state. */
const REPORT_MS = 1000;

function now(): UnixNano {
  return unixNano(BigInt(Date.now()) * 1_000_000n);
}

function report(message: ForwardReport): void {
  parentPort?.postMessage(message);
}

function run({ store, target, userAgent }: ForwardTask): Forwarder {
  const folder = openStoreFolder(store);
  const name = cursorName(target);
  const read = readCursor(folder, cursorFile(store, name));
  if (read.kind === "damaged")
    report({
      kind: "notice",
      text: `! the cursor of ${target.name} is damaged: forwarding begins anew with the oldest span there is; some will arrive twice`,
    });
  const from = read.kind === "at" ? read.next : 0;
  const cursor = openCursor(folder, name);
  const reader = openFileStoreReader(store, { indexBatch });
  const sender = (target.protocol === "grpc" ? createGrpcSender : createHttpSender)(target, {
    userAgent,
    storeId: folder.storeId.toString("hex"),
  });
  const rejected = createRejectedSpans(store, target.name, Date.now);

  let status = firstStatus({ name: target.name, mode: target.mode, next: from }, now());
  let reportedAt = 0;
  const publish = (): void => {
    reportedAt = performance.now();
    saveStatus(store, name, status);
    report({ kind: "status", status });
  };
  const onChange = (change: ForwardChange): void => {
    const before = status;
    status = statusAfter(status, change, now());
    const message =
      change.kind === "outcome" && change.outcome.kind === "accepted" ? change.outcome.message : "";
    if (message !== "") report({ kind: "notice", text: `! ${target.name} says: ${message}` });
    if (status.state !== before.state || performance.now() - reportedAt > REPORT_MS) publish();
  };
  publish();
  const timer = setInterval(publish, REPORT_MS);
  timer.unref();

  const forwarder = startForwarder({
    source:
      target.mode === "job"
        ? createJobSource(reader, { now })
        : createReceivedSource(reader, sender.takesGzip),
    sender,
    from,
    cursor,
    onChange,
    onRejected(request, code, reason) {
      const isKept = rejected.keep(request, code, reason);
      const where = isKept ? "; it is kept in rejected/" : "";
      report({ kind: "notice", text: `! ${target.name} does not take a span: ${reason}${where}` });
    },
  });
  return {
    ...forwarder,
    async stop() {
      await forwarder.stop();
      clearInterval(timer);
      publish();
      cursor.close();
      await reader.close();
    },
  };
}

const forwarder = run(workerData as ForwardTask);
parentPort?.on("message", () => {
  void forwarder.stop().then(() => parentPort?.close());
});
