/** The declarations in `proto/`, read as they stand there and not through what was generated from them. */
import { join } from "node:path";
import protobuf from "protobufjs";

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join("proto", target);
root.loadSync([
  "opentelemetry/proto/collector/trace/v1/trace_service.proto",
  "opentelemetry/proto/collector/logs/v1/logs_service.proto",
]);
root.resolveAll();

/** `name`: below `opentelemetry.proto`, as `trace.v1.Span`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`opentelemetry.proto.${name}`);
}

export const requestType = messageType("collector.trace.v1.ExportTraceServiceRequest");

export const logsRequestType = messageType("collector.logs.v1.ExportLogsServiceRequest");

/** undefined for a field that is not a message. */
export function messageOf(field: protobuf.Field): protobuf.Type | undefined {
  return field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
}
