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

/** On requests of ours, with the id of the store they come from: its own receiver can tell that spans run in a circle. */
export const FORWARDED_HEADER = "x-jobtrace-forwarded";

/** Who sends. */
export interface SenderIdentity {
  /** `jobtrace/1.2.3` */
  readonly userAgent: string;
  /** Of the store, in hex. */
  readonly storeId: string;
}
