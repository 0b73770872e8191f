/** Peers that are slow or hostile, with the limits set low. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import {
  END_HEADERS,
  FRAME,
  headerBlock,
  OUR_SETTINGS,
  parseFrames,
  PREFACE,
  rawFrame,
} from "../fuzz/http2-frames.js";
import {
  callGrpc,
  callOn,
  F1,
  frame,
  post,
  startTestReceiver,
  type TestOptions,
  type TestReceiver,
  TRACE_EXPORT,
} from "./test-receiver.js";

const HEAD =
  "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n";
const LOW: TestOptions = { slowCheckMs: 20, bodyGraceMs: 60, requestTimeoutMs: 10_000 };

describe("X42: a peer that", () => {
  let server: TestReceiver;
  const start = async (options: TestOptions): Promise<void> => {
    server = await startTestReceiver(options);
  };
  afterEach(async () => {
    assert.equal((await post(server)).status, 200, "others must be served");
    await server.receiver.close();
  });

  it("says nothing is cut off", async () => {
    await start({ firstBytesTimeoutMs: 50 });
    assert.equal(await answerTo(server.port, () => undefined), "");
  });

  it("drips its header is told so and cut off", async () => {
    await start({ headersTimeoutMs: 50, slowCheckMs: 20 });
    assert.match(
      await answerTo(server.port, drip("POST /v1/traces HTTP/1.1\r\nX: ")),
      /^HTTP\/1\.1 408 /,
    );
  });

  for (const [name, head] of [
    ["its body", `${HEAD}Content-Length: 1000\r\n\r\n`],
    ["chunks without end", `${HEAD}Transfer-Encoding: chunked\r\n\r\nffff\r\n`],
  ] as const) {
    it(`drips ${name} is told so and cut off`, async () => {
      await start(LOW);
      const answer = await answerTo(server.port, drip(head));
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.match(answer, /the body came too slowly/);
    });
  }

  it("leaves a gRPC message half sent is told so", async () => {
    await start(LOW);
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    for (const begun of [frame(F1).subarray(0, 3), frame(F1).subarray(0, 20), frame(F1)]) {
      const stream = session.request({
        ":method": "POST",
        ":path": TRACE_EXPORT,
        "content-type": "application/grpc",
      });
      stream.write(begun);
      const [headers] = (await once(stream, "response")) as [Record<string, string>];
      assert.equal(headers["grpc-status"], "4");
      stream.close();
    }
    session.close();
  });

  it("sends a large body at any real speed is served", async () => {
    await start({ ...LOW, bodyGraceMs: 0 });
    assert.equal((await post(server, { body: Buffer.alloc(8 * 1024 * 1024) })).status, 200);
    assert.equal(
      (await callGrpc(server.port, frame(Buffer.alloc(8 * 1024 * 1024)))).grpcStatus,
      "0",
    );
  });

  it("opens more connections than there may be: L7", async () => {
    await start({ connectionsMax: 5 });
    const idle = Array.from({ length: 5 }, () => connect(server.port, "127.0.0.1"));
    const closed = idle.map(closeOf);
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    assert.equal(
      await answerTo(server.port, (socket) => void socket.write("GET / HTTP/1.1\r\n")),
      "",
    );
    for (const socket of idle) socket.destroy();
    await Promise.all(closed);
    while ((await answerTo(server.port, get)) === "") await new Promise(setImmediate);
  });
});

describe("X43: HTTP/2 that floods", () => {
  let server: TestReceiver;
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(async () => {
    assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "0", "others must be served");
    await server.receiver.close();
  });

  it("is told that 100 streams may be open at once", async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    await once(session, "remoteSettings");
    assert.equal(session.remoteSettings.maxConcurrentStreams, 100);
    session.close();
  });

  const call = headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", TRACE_EXPORT],
    [":authority", "127.0.0.1"],
    ["content-type", "application/grpc"],
  ]);
  const many = (make: (at: number) => Buffer): Buffer =>
    Buffer.concat([PREFACE, OUR_SETTINGS, ...Array.from({ length: 20_000 }, (_, at) => make(at))]);

  it("opened and reset streams is sent away (CVE-2023-44487)", async () => {
    const flood = many((at) =>
      Buffer.concat([
        rawFrame(FRAME.headers, END_HEADERS, 2 * at + 1, call),
        rawFrame(FRAME.resetStream, 0, 2 * at + 1, Buffer.from([0, 0, 0, 8])),
      ]),
    );
    let received: Buffer = Buffer.alloc(0);
    await answerTo(server.port, (socket) => {
      socket.write(flood);
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (parseFrames(received).some(({ type }) => type === FRAME.goAway)) socket.destroy();
      });
    });
    assert.equal(server.requests.length, 0);
  });

  it("headers without end is cut off (CVE-2024-27983)", async () => {
    const piece = headerBlock([["x", "y".repeat(1_000)]]);
    const flood = many((at) =>
      at === 0 ? rawFrame(FRAME.headers, 0, 1, call) : rawFrame(FRAME.continuation, 0, 1, piece),
    );
    await answerTo(server.port, (socket) => void socket.write(flood));
    assert.equal(server.requests.length, 0);
  });

  for (const [name, type, bytes] of [
    ["settings", FRAME.settings, 0],
    ["pings", FRAME.ping, 8],
  ] as const) {
    it(`${name} and never reads the answers is cut off`, async () => {
      const one = rawFrame(type, 0, 0, Buffer.alloc(bytes));
      const flood = Buffer.concat(Array.from({ length: 10_000 }, () => one));
      const socket = connect(server.port, "127.0.0.1").pause();
      const closed = closeOf(socket);
      socket.write(Buffer.concat([PREFACE, OUR_SETTINGS]));
      const more = (): void => {
        if (!socket.destroyed) socket.write(flood, () => setImmediate(more));
      };
      more();
      await closed;
    });
  }
});

describe("X43: HTTP/2 that is broken, by a peer that is gone then", () => {
  const mebibyte = Buffer.from([0, 0, 0x10, 0, 0]);
  const head = headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", TRACE_EXPORT],
    [":authority", "127.0.0.1"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);
  const call = [
    rawFrame(FRAME.headers, END_HEADERS, 1, head),
    rawFrame(FRAME.data, 0, 1, mebibyte),
  ];
  const broken: Readonly<Record<string, Buffer>> = {
    "a frame over the limit": rawFrame(FRAME.data, 0, 1, Buffer.alloc(9), 0xffffff),
    "a header block that is none": rawFrame(FRAME.headers, END_HEADERS, 3, Buffer.alloc(9, 0xff)),
    "a frame in the middle of a header block": Buffer.concat([
      rawFrame(FRAME.headers, 0, 3, head),
      rawFrame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    ]),
  };
  for (const [name, last] of Object.entries(broken)) {
    it(`${name}: its connection is closed, and what it reserved is free again`, async () => {
      const server = await startTestReceiver({
        inFlightBytesMax: 1024 * 1024,
        budgetWaitMs: 1,
        slowCheckMs: 20,
        streamTimeoutMs: 200,
      });
      const socket = connect(server.port, "127.0.0.1").on("error", () => undefined);
      const closed = closeOf(socket);
      socket.write(Buffer.concat([PREFACE, OUR_SETTINGS, ...call, last]), () => socket.destroy());
      await closed;
      const begin = performance.now();
      while ((await callGrpc(server.port, frame(F1))).grpcStatus !== "0") {
        assert.ok(performance.now() - begin < 5_000, "what it reserved is still held");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // Waits for its connections; a receiver that held one would need seconds.
      const end = performance.now();
      await server.receiver.close();
      assert.ok(performance.now() - end < 2_000, "a connection is left");
    });
  }
});

describe("X43: a call that was refused unread", () => {
  it("leaves its connection and the other calls on it alone", async () => {
    const server = await startTestReceiver({
      inFlightBytesMax: 1024 * 1024,
      budgetWaitMs: 1,
      slowCheckMs: 10,
    });
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const closed = once(session, "close").then(() => "closed");
    const holder = session.request({
      ":method": "POST",
      ":path": TRACE_EXPORT,
      "content-type": "application/grpc",
    });
    holder.on("error", () => undefined);
    holder.write(frame(Buffer.alloc(1024 * 1024)).subarray(0, 1000));
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    let refused = "0";
    for (let tries = 0; refused === "0" && tries < 100; tries++)
      refused = (await callOn(session, frame(Buffer.alloc(60_000)))).grpcStatus;
    assert.equal(refused, "14");
    const later = new Promise((resolve) => setTimeout(resolve, 200, "open"));
    assert.equal(await Promise.race([closed, later]), "open");
    holder.close();
    await new Promise<void>((resolve) => holder.once("close", () => resolve()));
    assert.equal((await callOn(session, frame(F1))).grpcStatus, "0");
    session.destroy();
    await server.receiver.close();
  });
});

const get = (socket: Socket): void => {
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
};

/** Writes `head`, then a byte now and then until it is cut off. */
function drip(head: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write("a"), 10);
    socket.once("close", () => clearInterval(timer));
  };
}

/** What came back until the connection was closed. */
async function answerTo(port: number, begin: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
  });
  const closed = closeOf(socket);
  socket.once("connect", () => begin(socket));
  await closed;
  return answer;
}

/** Also of a socket that ends in an error. */
function closeOf(socket: Socket): Promise<void> {
  socket.on("error", () => undefined);
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}
