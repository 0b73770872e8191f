/**
 * Converts large OTLP/JSON bodies in a thread, so that others get their answers meanwhile. One at a time: a body of the
 * largest size becomes several times its size in objects.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { JsonConversion } from "../otlp/otlp-json.js";

export interface JsonThread {
  /** `json`: UTF-8. Rejects when the thread failed, as for want of memory; the next body gets another. */
  convert(json: Uint8Array): Promise<JsonConversion>;
  /** What is under way is lost. */
  close(): Promise<void>;
}

/** The thread starts with the first body. */
export function createJsonThread(): JsonThread {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function convertOne(json: Uint8Array): Promise<JsonConversion> {
    worker ??= startWorker();
    worker.postMessage(json);
    try {
      const [conversion] = (await once(worker, "message")) as [JsonConversion];
      return conversion;
    } catch (error) {
      worker = undefined;
      throw error;
    }
  }

  return {
    convert(json) {
      const converted = last.then(() => convertOne(json));
      last = converted.catch(() => undefined);
      return converted;
    },
    async close() {
      await worker?.terminate();
    },
  };
}

function startWorker(): Worker {
  const worker = new Worker(new URL("./json-worker.js", import.meta.url));
  // It must not keep a process alive that has nothing else to do.
  worker.unref();
  return worker;
}
