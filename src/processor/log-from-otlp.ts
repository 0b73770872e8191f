/** Decoded OTLP log records → the model's log lines. Only those asked for are decoded. */
import { parseSpanId, parseTraceId } from "../jobscope/model/ids.js";
import type { LogLine, LogTie } from "../jobscope/model/logs/log-line.js";
import type { Attributes, Scope } from "../jobscope/model/span.js";
import { type UnixNano, unixNano } from "../jobscope/model/time.js";
import { decodeLogRecord } from "../otlp/decode.js";
import type { LogScan } from "../otlp/log-scan.js";
import { attributesOf, hex, resourceOf, scopeOf, uint64, valueOf } from "./span-from-otlp.js";

/** Decodes single records of one scan, each resource and scope once; good as long as the scan is. */
export interface LogReader {
  /** `log`: the row of the record. */
  line(log: number, tie: LogTie): LogLine;
  /** What the record's process says of itself. */
  resource(log: number): Attributes;
}

export function createLogReader(scan: LogScan): LogReader {
  const resources: Attributes[] = [];
  const scopes: Scope[] = [];
  const resource = (log: number): Attributes => {
    const row = scan.logs.resource[log] ?? 0;
    return (resources[row] ??= resourceOf(scan, row));
  };
  return {
    resource,
    line(log, tie) {
      const row = scan.logs.scope[log] ?? 0;
      const message = decodeLogRecord(logBytes(scan, log));
      return {
        tie,
        time: timeOf(uint64(message.timeUnixNano)),
        observed: timeOf(uint64(message.observedTimeUnixNano)),
        severityNumber: message.severityNumber,
        severityText: message.severityText,
        body: valueOf(message.body),
        eventName: message.eventName,
        attributes: attributesOf(message.attributes),
        traceId: parseTraceId(hex(message.traceId)),
        spanId: parseSpanId(hex(message.spanId)),
        scope: (scopes[row] ??= scopeOf(scan, row)),
        resource: resource(log),
      };
    },
  };
}

/** The body of the LogRecord message. */
export function logBytes({ bytes, logs }: LogScan, log: number): Buffer {
  const at = logs.offset[log] ?? 0;
  return bytes.subarray(at, at + (logs.length[log] ?? 0));
}

/** OTLP has 0 where the time is not known. */
function timeOf(nanos: bigint): UnixNano | undefined {
  return nanos === 0n ? undefined : unixNano(nanos);
}
