/**
 * OTLP/JSON, one request a line, as the file exporter of the OpenTelemetry Collector writes it and `jobtrace import` reads it.
 * Format: OpenTelemetry specification, "OpenTelemetry Protocol File Exporter".
 */
import { otlpToJson } from "../../otlp/json-text.js";
import { safeJsonText } from "../inspect/safe-text.js";
import type { ExportedJob } from "./export-format.js";

export async function* writeOtlpJson(jobs: AsyncIterable<ExportedJob>): AsyncIterable<string> {
  for await (const job of jobs)
    for await (const { signal, body } of job.requests())
      yield safeJsonText(otlpToJson(body, signal, job.textOf));
}
