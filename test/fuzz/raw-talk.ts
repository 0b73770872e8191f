/** One connection that says exactly what it is told to and keeps whatever comes back. */
import { connect } from "node:net";

export interface RawScript {
  readonly chunks: readonly Uint8Array[];
  /**
   * wait: for all answers, then close. half_close: say that nothing more comes, then wait for the server to close.
   * close and reset: go away at once.
   */
  readonly ending: "wait" | "half_close" | "close" | "reset";
}

export interface RawTalk {
  readonly received: Buffer;
  /** Whether the connection came to an end before the deadline. */
  readonly isOver: boolean;
  readonly tookMs: number;
}

/** Each of four calls may wait two seconds for room; a connection that is still open then hangs. */
const DEADLINE_MS = 10_000;

/** `isAnswered`: whether there is nothing more to wait for; looked at whenever something comes. */
export function talkRaw(
  port: number,
  { chunks, ending }: RawScript,
  isAnswered: (received: Buffer) => boolean,
): Promise<RawTalk> {
  return new Promise((resolve) => {
    const started = performance.now();
    const parts: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let isOver = true;
    const deadline = setTimeout(() => {
      isOver = false;
      socket.destroy();
    }, DEADLINE_MS);
    socket.on("data", (part: Buffer) => {
      parts.push(part);
      if (isAnswered(Buffer.concat(parts))) socket.destroy();
    });
    // A server may cut off what it does not like, also while it is being told.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(deadline);
      resolve({
        received: Buffer.concat(parts),
        isOver,
        tookMs: performance.now() - started,
      });
    });
    const send = (at: number): void => {
      const chunk = chunks[at];
      if (socket.destroyed) return;
      if (chunk !== undefined) socket.write(chunk, () => setImmediate(send, at + 1));
      else if (ending === "half_close") socket.end();
      else if (ending === "close") socket.destroy();
      else if (ending === "reset") socket.resetAndDestroy();
    };
    socket.once("connect", () => send(0));
  });
}

/** The bytes in a few pieces, as they may arrive. */
export function inPieces(
  bytes: Buffer,
  random: { below(limit: number): number; once(times: number): boolean },
): readonly Buffer[] {
  if (!random.once(3)) return [bytes];
  const cuts = Array.from({ length: 1 + random.below(3) }, () => random.below(bytes.length + 1));
  const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}
