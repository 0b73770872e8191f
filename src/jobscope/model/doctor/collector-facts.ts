/** What can be seen of the collector and its store from outside. */
import type { UnixNano } from "../time.js";

export interface CollectorFacts {
  readonly listening: Listening;
  readonly store: StoreFacts;
  readonly forwards: readonly ForwardFacts[];
  /** Of late, the newest first; none of a collector that does not run. */
  readonly notices: readonly NoticeFacts[];
}

/** What a running collector noticed of a sender. Texts that do not apply are "". */
export interface NoticeFacts {
  readonly kind: "sender" | "tls_client" | "wrong_path" | "signal_not_kept" | "refused";
  /** Its user agent. */
  readonly sender: string;
  readonly path: string;
  readonly reason: string;
  /** It speaks another protocol. */
  readonly foreign: { readonly name: string; readonly gem: string } | undefined;
  readonly lastAt: UnixNano;
}

export interface Listening {
  /** `127.0.0.1:4318`, or what --server says. */
  readonly address: string;
  readonly answer:
    | { readonly kind: "jobtrace"; readonly version: string }
    /** Somebody else answers; `name` of its process where it can be told. */
    | {
        readonly kind: "other";
        readonly name: string | undefined;
        readonly pid: number | undefined;
      }
    | { readonly kind: "nobody"; readonly reason: string };
}

export type StoreFacts =
  | { readonly kind: "missing"; readonly path: string; readonly reason: string }
  | {
      readonly kind: "found";
      readonly path: string;
      readonly isWritable: boolean;
      /** Bytes; undefined: the disk does not say. */
      readonly free: number | undefined;
      /** Bytes that the collector leaves free. */
      readonly freeMin: number;
      readonly newest: UnixNano | undefined;
      readonly damage: number;
    };

export interface ForwardFacts {
  readonly name: string;
  readonly state: "ok" | "backoff" | "parked" | "unreadable";
  readonly reason: string;
  readonly waiting: number;
  readonly rejected: number;
}
