/** The thread of json-thread.ts. */
import { parentPort } from "node:worker_threads";
import { countDataPointsOfJson } from "../otlp/metric-count.js";
import { otlpFromJson } from "../otlp/otlp-json.js";
import type { JsonQuestion } from "./json-thread.js";

parentPort?.on("message", (question: JsonQuestion) => {
  const { json } = question;
  const answer =
    question.kind === "count" ? countDataPointsOfJson(json) : otlpFromJson(json, question.signal);
  parentPort?.postMessage(answer);
});
