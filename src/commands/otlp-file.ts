/** A file with one OTLP request in it: traces or logs, protobuf or JSON, plain or gzip, told by its bytes. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { ExportRequest } from "../processor/ingest.js";
import { scanForLogs } from "../processor/log-jids.js";
import { scanForJobs } from "../processor/scanned-nodes.js";
import { REQUEST_BYTES_MAX } from "../receiver/limits.js";

export type OtlpFileRead =
  | { readonly kind: "request"; readonly request: ExportRequest }
  | { readonly kind: "malformed"; readonly reason: string };

/** `path`: "-" is stdin. */
export async function readOtlpFile(path: string): Promise<OtlpFileRead> {
  let body: Buffer;
  try {
    body = path === "-" ? await readStdin() : await readFile(path);
  } catch (error) {
    return { kind: "malformed", reason: error instanceof Error ? error.message : String(error) };
  }
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  try {
    const raw = isGzip ? gunzipSync(body, { maxOutputLength: REQUEST_BYTES_MAX }) : body;
    const format = isJson(raw) ? "json" : "protobuf";
    const signal = isLogs(raw, format) ? "logs" : "traces";
    const codec = isGzip ? "gzip" : "identity";
    return { kind: "request", request: { signal, body, codec, raw, format } };
  } catch (error) {
    return {
      kind: "malformed",
      reason: `cannot inflate it: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** A protobuf request begins with the tag of its first field, 0x0a, which is a line break: only `{` after space is JSON. */
function isJson(raw: Buffer): boolean {
  return (
    /^\s*\{/.test(raw.subarray(0, 256).toString("latin1")) &&
    raw[raw.length - 1] !== undefined &&
    /\}\s*$/.test(raw.subarray(-256).toString("latin1"))
  );
}

/** No request of one signal that says anything reads as one of the other; an empty one may be either. */
function isLogs(raw: Buffer, format: "protobuf" | "json"): boolean {
  if (format === "json") {
    const has = (...names: readonly string[]): boolean =>
      names.some((name) => raw.includes(`"${name}"`));
    return has("resourceLogs", "resource_logs") && !has("resourceSpans", "resource_spans");
  }
  return scanForJobs(raw).kind === "malformed" && scanForLogs(raw).kind === "scanned";
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
