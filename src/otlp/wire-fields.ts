/**
 * The wire type of every field in `proto/`, by field number: what the scan checks known fields against. A test compares
 * these tables with the declarations there.
 */

/** Wire types of protobuf "Encoding" that proto3 uses. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A number that OTLP does not define in this message: any wire type will do. */
export const UNKNOWN_FIELD = 0xff;

const { varint, fixed64, bytes, fixed32 } = WIRE;

/** The messages around log records have the same fields as those around spans. */
export const REQUEST_FIELDS = byNumber(bytes);
export const RESOURCE_SPANS_FIELDS = byNumber(bytes, bytes, bytes);
export const RESOURCE_FIELDS = byNumber(bytes, varint, bytes);
export const ENTITY_REF_FIELDS = byNumber(bytes, bytes, bytes, bytes);
export const SCOPE_SPANS_FIELDS = byNumber(bytes, bytes, bytes);
export const SCOPE_FIELDS = byNumber(bytes, bytes, bytes, varint);
export const SPAN_FIELDS = byNumber(
  bytes, // trace_id
  bytes, // span_id
  bytes, // trace_state
  bytes, // parent_span_id
  bytes, // name
  varint, // kind
  fixed64, // start_time_unix_nano
  fixed64, // end_time_unix_nano
  bytes, // attributes
  varint, // dropped_attributes_count
  bytes, // events
  varint, // dropped_events_count
  bytes, // links
  varint, // dropped_links_count
  bytes, // status
  fixed32, // flags
);
export const LOG_RECORD_FIELDS = byNumber(
  fixed64, // time_unix_nano
  varint, // severity_number
  bytes, // severity_text
  UNKNOWN_FIELD, // taken back in OTLP 0.x
  bytes, // body
  bytes, // attributes
  varint, // dropped_attributes_count
  fixed32, // flags
  bytes, // trace_id
  bytes, // span_id
  fixed64, // observed_time_unix_nano
  bytes, // event_name
);
export const EVENT_FIELDS = byNumber(fixed64, bytes, bytes, varint);
export const LINK_FIELDS = byNumber(bytes, bytes, bytes, bytes, varint, fixed32);
/** Field 1 was taken back in OTLP 0.x. */
export const STATUS_FIELDS = byNumber(UNKNOWN_FIELD, bytes, varint);
export const KEY_VALUE_FIELDS = byNumber(bytes, bytes, varint);
export const ANY_VALUE_FIELDS = byNumber(
  bytes, // string_value
  varint, // bool_value
  varint, // int_value
  fixed64, // double_value
  bytes, // array_value
  bytes, // kvlist_value
  bytes, // bytes_value
  varint, // string_value_strindex
);
export const ARRAY_VALUE_FIELDS = byNumber(bytes);
export const KEY_VALUE_LIST_FIELDS = byNumber(bytes);

/** `wireTypes`: of fields 1, 2, 3 … */
function byNumber(...wireTypes: readonly number[]): Uint8Array {
  return Uint8Array.of(UNKNOWN_FIELD, ...wireTypes);
}
