/** The tables that the scan and the JSON form work by say what `proto/` says, field for field. */
import assert from "node:assert/strict";
import protobuf from "protobufjs";
import * as json from "../../src/otlp/json-fields.js";
import * as wire from "../../src/otlp/wire-fields.js";
import { messageOf, messageType } from "./otlp-schema.js";

interface Tables {
  readonly wire: Uint8Array;
  readonly json: json.JsonMessage;
}

const TABLES: Readonly<Record<string, Tables>> = {
  "collector.trace.v1.ExportTraceServiceRequest": { wire: wire.REQUEST_FIELDS, json: json.REQUEST },
  "trace.v1.ResourceSpans": { wire: wire.RESOURCE_SPANS_FIELDS, json: json.RESOURCE_SPANS },
  "resource.v1.Resource": { wire: wire.RESOURCE_FIELDS, json: json.RESOURCE },
  "common.v1.EntityRef": { wire: wire.ENTITY_REF_FIELDS, json: json.ENTITY_REF },
  "trace.v1.ScopeSpans": { wire: wire.SCOPE_SPANS_FIELDS, json: json.SCOPE_SPANS },
  "common.v1.InstrumentationScope": { wire: wire.SCOPE_FIELDS, json: json.SCOPE },
  "trace.v1.Span": { wire: wire.SPAN_FIELDS, json: json.SPAN },
  "trace.v1.Span.Event": { wire: wire.EVENT_FIELDS, json: json.EVENT },
  "trace.v1.Span.Link": { wire: wire.LINK_FIELDS, json: json.LINK },
  "trace.v1.Status": { wire: wire.STATUS_FIELDS, json: json.SPAN_STATUS },
  "collector.logs.v1.ExportLogsServiceRequest": {
    wire: wire.REQUEST_FIELDS,
    json: json.LOGS_REQUEST,
  },
  "logs.v1.ResourceLogs": { wire: wire.RESOURCE_SPANS_FIELDS, json: json.RESOURCE_LOGS },
  "logs.v1.ScopeLogs": { wire: wire.SCOPE_SPANS_FIELDS, json: json.SCOPE_LOGS },
  "logs.v1.LogRecord": { wire: wire.LOG_RECORD_FIELDS, json: json.LOG_RECORD },
  "common.v1.KeyValue": { wire: wire.KEY_VALUE_FIELDS, json: json.KEY_VALUE },
  "common.v1.AnyValue": { wire: wire.ANY_VALUE_FIELDS, json: json.ANY_VALUE },
  "common.v1.ArrayValue": { wire: wire.ARRAY_VALUE_FIELDS, json: json.ARRAY_VALUE },
  "common.v1.KeyValueList": { wire: wire.KEY_VALUE_LIST_FIELDS, json: json.KEY_VALUE_LIST },
};

const ENUMS: Readonly<Record<string, string>> = {
  SpanKind: "spanKind",
  StatusCode: "statusCode",
  SeverityNumber: "severityNumber",
};

describe("field tables", () => {
  it("cover every message that a request can hold", () => {
    const seen = new Set<string>();
    const visit = (type: protobuf.Type): void => {
      const name = type.fullName.replace(".opentelemetry.proto.", "");
      if (seen.has(name)) return;
      seen.add(name);
      for (const field of type.fieldsArray) {
        const inner = messageOf(field);
        if (inner !== undefined) visit(inner);
      }
    };
    visit(messageType("collector.trace.v1.ExportTraceServiceRequest"));
    visit(messageType("collector.logs.v1.ExportLogsServiceRequest"));
    assert.deepEqual([...seen].sort(), Object.keys(TABLES).sort());
  });

  for (const [name, tables] of Object.entries(TABLES)) {
    const type = messageType(name);

    it(`give ${name} the wire types of its declaration`, () => {
      const declared = new Uint8Array(Math.max(...type.fieldsArray.map(({ id }) => id)) + 1);
      declared.fill(wire.UNKNOWN_FIELD);
      for (const field of type.fieldsArray) declared[field.id] = wireTypeOf(field);
      assert.deepEqual([...tables.wire], [...declared]);
    });

    it(`give ${name} the JSON fields of its declaration`, () => {
      const declared = type.fieldsArray.map((field) => ({
        name: field.name,
        number: field.id,
        type: jsonTypeOf(field),
        isList: field.repeated,
      }));
      const fields = [...tables.json.values()].map((field) => ({
        ...field,
        type: typeof field.type === "string" ? field.type : nameOf(field.type()),
      }));
      assert.deepEqual(fields, declared);
    });
  }
});

function wireTypeOf(field: protobuf.Field): number {
  if (messageOf(field) !== undefined) return wire.WIRE.bytes;
  if (field.resolvedType instanceof protobuf.Enum) return wire.WIRE.varint;
  const wireTypes: Readonly<Record<string, number>> = protobuf.types.basic;
  return wireTypes[field.type] ?? -1;
}

function jsonTypeOf(field: protobuf.Field): string {
  const message = messageOf(field);
  if (message !== undefined) return message.fullName.replace(".opentelemetry.proto.", "");
  if (field.resolvedType instanceof protobuf.Enum) return ENUMS[field.resolvedType.name] ?? "";
  return field.type === "bytes" && field.name.endsWith("Id") ? "id" : field.type;
}

function nameOf(message: json.JsonMessage): string | undefined {
  return Object.entries(TABLES).find(([, tables]) => tables.json === message)?.[0];
}
