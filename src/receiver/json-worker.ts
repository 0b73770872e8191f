/** The thread of json-thread.ts. */
import { parentPort } from "node:worker_threads";
import { otlpFromJson } from "../otlp/otlp-json.js";

parentPort?.on("message", (json: Uint8Array) => {
  const conversion = otlpFromJson(json);
  parentPort?.postMessage(conversion);
});
