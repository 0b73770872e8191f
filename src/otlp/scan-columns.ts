/**
 * What the wire scan finds, column by column: one typed array per field, reused from scan to scan and grown by
 * doubling, so that scanning allocates nothing per span.
 *
 * All offsets are bytes from the start of the scanned request. An offset is never 0, because a tag comes first, so 0
 * means absent. The columns are valid until the next scan by the same scanner.
 */

export interface SpanColumns {
  /** The Span message's body. */
  offset: Uint32Array;
  length: Uint32Array;
  /** Of 16 and 8 bytes; meaningful only where `idsValid` is 1. */
  traceIdAt: Uint32Array;
  spanIdAt: Uint32Array;
  /** Of 8 bytes; 0 for a root span. */
  parentIdAt: Uint32Array;
  /** 1: both ids have their length and are not all zero. OTLP calls any other span invalid. */
  idsValid: Uint8Array;
  /** `SpanKind`; a number above 255 is kept as 255. */
  kind: Uint8Array;
  /** `StatusCode`, likewise. */
  statusCode: Uint8Array;
  /** Of the fixed64 in nanoseconds. */
  startAt: Uint32Array;
  endAt: Uint32Array;
  nameAt: Uint32Array;
  nameLength: Uint32Array;
  /** Rows of {@link SectionColumns}. */
  resource: Uint32Array;
  scope: Uint32Array;
}

export interface LogColumns {
  /** The LogRecord message's body. */
  offset: Uint32Array;
  length: Uint32Array;
  /** Of 16 and 8 bytes; 0 where there is none, or none that is valid: the record then belongs to no trace. */
  traceIdAt: Uint32Array;
  spanIdAt: Uint32Array;
  /** Of the fixed64 in nanoseconds. */
  timeAt: Uint32Array;
  observedAt: Uint32Array;
  /** What the body holds: a type of {@link HitColumns}, and where the text of a string stands. */
  bodyType: Uint8Array;
  bodyAt: Uint32Array;
  bodyLength: Uint32Array;
  /** Rows of {@link SectionColumns}. */
  resource: Uint32Array;
  scope: Uint32Array;
}

/** A resource row for each ResourceSpans or ResourceLogs, a scope row for each ScopeSpans or ScopeLogs. */
export interface SectionColumns {
  /** The Resource message's body, length 0 when absent. */
  resourceOffset: Uint32Array;
  resourceLength: Uint32Array;
  scopeNameAt: Uint32Array;
  scopeNameLength: Uint32Array;
  scopeVersionAt: Uint32Array;
  scopeVersionLength: Uint32Array;
}

/** Attributes of spans or log records whose key was asked for, in the order they stand in the request. */
export interface HitColumns {
  /** The row of the span or log record. */
  span: Uint32Array;
  /** Index into the wanted keys. */
  key: Uint16Array;
  /** HIT_STRING, HIT_INT, HIT_OTHER, or 0 for an empty value. */
  type: Uint8Array;
  /** Of a string's text, or of an integer's varint. */
  valueAt: Uint32Array;
  valueLength: Uint32Array;
}

export const HIT_STRING = 1;
export const HIT_INT = 2;
export const HIT_OTHER = 3;

/** A batch of the SDKs' default size fits without growing. */
const INITIAL_ROWS = 1024;

export function createSpanColumns(): SpanColumns {
  return {
    offset: new Uint32Array(INITIAL_ROWS),
    length: new Uint32Array(INITIAL_ROWS),
    traceIdAt: new Uint32Array(INITIAL_ROWS),
    spanIdAt: new Uint32Array(INITIAL_ROWS),
    parentIdAt: new Uint32Array(INITIAL_ROWS),
    idsValid: new Uint8Array(INITIAL_ROWS),
    kind: new Uint8Array(INITIAL_ROWS),
    statusCode: new Uint8Array(INITIAL_ROWS),
    startAt: new Uint32Array(INITIAL_ROWS),
    endAt: new Uint32Array(INITIAL_ROWS),
    nameAt: new Uint32Array(INITIAL_ROWS),
    nameLength: new Uint32Array(INITIAL_ROWS),
    resource: new Uint32Array(INITIAL_ROWS),
    scope: new Uint32Array(INITIAL_ROWS),
  };
}

export function createLogColumns(): LogColumns {
  return {
    offset: new Uint32Array(INITIAL_ROWS),
    length: new Uint32Array(INITIAL_ROWS),
    traceIdAt: new Uint32Array(INITIAL_ROWS),
    spanIdAt: new Uint32Array(INITIAL_ROWS),
    timeAt: new Uint32Array(INITIAL_ROWS),
    observedAt: new Uint32Array(INITIAL_ROWS),
    bodyType: new Uint8Array(INITIAL_ROWS),
    bodyAt: new Uint32Array(INITIAL_ROWS),
    bodyLength: new Uint32Array(INITIAL_ROWS),
    resource: new Uint32Array(INITIAL_ROWS),
    scope: new Uint32Array(INITIAL_ROWS),
  };
}

export function createSectionColumns(): SectionColumns {
  return {
    resourceOffset: new Uint32Array(INITIAL_ROWS),
    resourceLength: new Uint32Array(INITIAL_ROWS),
    scopeNameAt: new Uint32Array(INITIAL_ROWS),
    scopeNameLength: new Uint32Array(INITIAL_ROWS),
    scopeVersionAt: new Uint32Array(INITIAL_ROWS),
    scopeVersionLength: new Uint32Array(INITIAL_ROWS),
  };
}

export function createHitColumns(): HitColumns {
  return {
    span: new Uint32Array(INITIAL_ROWS),
    key: new Uint16Array(INITIAL_ROWS),
    type: new Uint8Array(INITIAL_ROWS),
    valueAt: new Uint32Array(INITIAL_ROWS),
    valueLength: new Uint32Array(INITIAL_ROWS),
  };
}

/** Doubles every column, keeping what is in it. */
export function growColumns(columns: SpanColumns | LogColumns | SectionColumns | HitColumns): void {
  for (const [name, column] of Object.entries(columns) as [
    string,
    Uint8Array | Uint16Array | Uint32Array,
  ][]) {
    const Column = column.constructor as new (length: number) => typeof column;
    const grown = new Column(column.length * 2);
    grown.set(column);
    Object.assign(columns, { [name]: grown });
  }
}
