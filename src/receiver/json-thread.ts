/**
 * Converts large OTLP/JSON bodies in a thread, so that others get their answers meanwhile. One at a time: a body of the
 * largest size becomes several times its size in objects.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { DataPointCount } from "../otlp/metric-count.js";
import type { JsonConversion } from "../otlp/otlp-json.js";
import type { Signal } from "../otlp/signal.js";

export interface JsonThread {
  /** `json`: UTF-8. Rejects when the thread failed, as for want of memory; the next body gets another. */
  convert(json: Uint8Array, signal: Signal): Promise<JsonConversion>;
  /** Likewise, of metrics. */
  countDataPoints(json: Uint8Array): Promise<DataPointCount>;
  /** What is under way is lost. */
  close(): Promise<void>;
}

/** What the thread is asked, and what it answers to each. */
export type JsonQuestion =
  | { readonly kind: "convert"; readonly json: Uint8Array; readonly signal: Signal }
  | { readonly kind: "count"; readonly json: Uint8Array };
export type JsonAnswer<Question extends JsonQuestion> = Question extends { readonly kind: "count" }
  ? DataPointCount
  : JsonConversion;

/** The thread starts with the first body. */
export function createJsonThread(): JsonThread {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function askNow<Question extends JsonQuestion>(
    question: Question,
  ): Promise<JsonAnswer<Question>> {
    worker ??= startWorker();
    worker.postMessage(question);
    try {
      const [answer] = (await once(worker, "message")) as [JsonAnswer<Question>];
      return answer;
    } catch (error) {
      worker = undefined;
      throw error;
    }
  }

  function ask<Question extends JsonQuestion>(question: Question): Promise<JsonAnswer<Question>> {
    const answered = last.then(() => askNow(question));
    last = answered.catch(() => undefined);
    return answered;
  }

  return {
    convert: (json, signal) => ask({ kind: "convert", json, signal }),
    countDataPoints: (json) => ask({ kind: "count", json }),
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
