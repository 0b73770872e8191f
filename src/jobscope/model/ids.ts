/**
 * The ids of tracing and of jobs.
 *
 * Each is a branded string, made only by the parser below it, so a trace id cannot be handed where a
 * span id is meant. Trace and span ids are lower-case hex whatever form they arrived in.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 32 lower-case hex digits, not all zero (W3C Trace Context, "trace-id"). */
export type TraceId = Branded<"TraceId">;

/** 16 lower-case hex digits, not all zero (W3C Trace Context, "parent-id"). */
export type SpanId = Branded<"SpanId">;

/** Sidekiq's job id: 24 hex digits unless the application chose its own. Never empty. */
export type Jid = Branded<"Jid">;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Longer than any id a job system makes; a longer text is not an id. Characters. */
export const JID_LENGTH_MAX = 255;

export function parseTraceId(text: string): TraceId | undefined {
  const lower = text.toLowerCase();
  return TRACE_ID.test(lower) ? (lower as TraceId) : undefined;
}

export function parseSpanId(text: string): SpanId | undefined {
  const lower = text.toLowerCase();
  return SPAN_ID.test(lower) ? (lower as SpanId) : undefined;
}

/** Any text of 1 to {@link JID_LENGTH_MAX} characters: applications may set their own jid. */
export function parseJid(text: string): Jid | undefined {
  return text.length > 0 && text.length <= JID_LENGTH_MAX ? (text as Jid) : undefined;
}
