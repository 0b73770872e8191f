/** A connection to one peer, whatever it speaks. */
import type { SendOutcome } from "./send-outcome.js";

/** One Export request on its way out. */
export interface OutgoingRequest {
  /** An `ExportTraceServiceRequest`. */
  readonly body: Buffer;
  /** gzip: the body is compressed already, and the peer takes it so. */
  readonly codec: "identity" | "gzip";
}

export interface Sender {
  /** Whether bodies may be handed over compressed as they are; else they must be inflated. */
  readonly takesGzip: boolean;
  /** Never rejects. */
  send(request: OutgoingRequest): Promise<SendOutcome>;
  close(): void;
}

/** Of an answer: OTLP asks that more is not read. Bytes. */
export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** Marks requests of ours, so that one of our own receivers can tell that spans run in a circle. */
export const FORWARDED_HEADER = "x-jobtrace-forwarded";
