/**
 * A client that opens a call and breaks HTTP/2 in the same breath: its streams are dead before grpc-js learns of them.
 * Run against the built server, because what this is about ends a process.
 */
import assert from "node:assert/strict";
import { startServe } from "../end-to-end/serve-process.js";
import {
  END_HEADERS,
  FRAME,
  headerBlock,
  OUR_SETTINGS,
  PREFACE,
  rawFrame,
} from "../fuzz/http2-frames.js";
import { talkRaw } from "../fuzz/raw-talk.js";
import { temporaryFolder } from "../temporary-folder.js";
import { callGrpc, F1, frame, TRACE_EXPORT } from "./test-receiver.js";

const CALLS: readonly (readonly [string, string, string])[] = [
  ["another content type", "text/plain", TRACE_EXPORT],
  ["an unknown method", "application/grpc", "/nobody.Knows/This"],
  ["a call that would be taken", "application/grpc", TRACE_EXPORT],
];

describe("S20: a connection that breaks right after it opened", () => {
  const folder = temporaryFolder();
  for (const [name, type, path] of CALLS) {
    it(`${name} does not end the process`, async () => {
      const serve = await startServe(folder());
      try {
        const port = Number(new URL(serve.endpoint).port);
        const call = headerBlock([
          [":method", "POST"],
          [":scheme", "http"],
          [":path", path],
          [":authority", "127.0.0.1"],
          ["content-type", type],
        ]);
        // A stream cannot be reset by the number 0: that is an error of the connection.
        const chunks = [
          Buffer.concat([
            PREFACE,
            OUR_SETTINGS,
            rawFrame(FRAME.headers, END_HEADERS, 1, call),
            rawFrame(FRAME.resetStream, 0, 0, Buffer.alloc(4)),
          ]),
        ];
        const { isOver } = await talkRaw(port, { chunks, ending: "wait" }, () => false);
        assert.ok(isOver, "the connection is left open");
        assert.equal((await callGrpc(port, frame(F1))).grpcStatus, "0");
      } finally {
        assert.equal(await serve.kill("SIGTERM"), 0);
      }
    });
  }
});
