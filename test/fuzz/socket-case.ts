/** A case of the socket targets: what one connection says, and what must become of it. */
import type { Fate } from "./marked-body.js";
import type { RawScript } from "./raw-talk.js";

export interface SocketCase {
  readonly script: RawScript;
  readonly requests: readonly SentRequest[];
  /**
   * Whether the requests are framed as they must be: then each gets one answer. Otherwise anything may become of them,
   * but nothing may be acknowledged and not kept.
   */
  readonly isFramed: boolean;
}

export interface SentRequest {
  /** As hex. */
  readonly marker: string;
  /** Of a framed request. "either": an answer may say that it failed, and the spans may be kept all the same. */
  readonly fate: Fate | "either";
}

/** How the server answered one request. */
export type Answer = "accepted" | "refused";

/** What a protocol does with a connection. */
export interface SocketTarget {
  readonly name: string;
  make(caseNumber: number, round: number): SocketCase;
  /** Whether nothing more is to come: all requests of a framed case are answered, or the server has hung up. */
  isAnswered(received: Buffer, made: SocketCase): boolean;
  /** In the order of the requests, where the case is framed; undefined where an answer is no promise. */
  answersOf(received: Buffer, made: SocketCase): readonly (Answer | undefined)[];
  /** Whether a request was refused because others held all the room there is: the same may be taken later. */
  hadNoRoom(received: Buffer): boolean;
  /** undefined: nothing is wrong with the bytes that came back. `isCut`: they may end anywhere. */
  whatIsWrong(received: Buffer, isCut: boolean): string | undefined;
}
