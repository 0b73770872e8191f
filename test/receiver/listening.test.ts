/** Ports, addresses, and telling the protocols apart. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { isLoopback, parseListen } from "../../src/receiver/listen-address.js";
import { ListenError } from "../../src/receiver/start-receiver.js";
import {
  callGrpc,
  F1,
  frame,
  post,
  startTestReceiver,
  talk,
  type TestReceiver,
} from "./test-receiver.js";

describe("parseListen()", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["127.0.0.1:4318", ["127.0.0.1 4318"]],
    ["4318", ["127.0.0.1 4318", "::1 4318"]],
    [":4318", ["127.0.0.1 4318", "::1 4318"]],
    ["localhost:0", ["127.0.0.1 0", "::1 0"]],
    ["[::1]:4317", ["::1 4317"]],
    ["0.0.0.0:4318, 127.0.0.1:4317", ["0.0.0.0 4318", "127.0.0.1 4317"]],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text}`, () => {
      const read = parseListen(text);
      assert.ok(read.kind === "addresses");
      assert.deepEqual(
        read.addresses.map(({ host, port }) => `${host} ${port}`),
        expected,
      );
    });
  }

  for (const text of ["", "x", "127.0.0.1", "127.0.0.1:70000", "a:b:1", "host:", "::1:4318"]) {
    it(`refuses ${JSON.stringify(text)} and says what it expects`, () => {
      const read = parseListen(text);
      assert.ok(read.kind === "malformed");
      assert.match(read.reason, /expected host:port/);
    });
  }
});

describe("isLoopback()", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    it(`X21: knows ${host}`, () => assert.ok(isLoopback(host)));
  for (const host of [
    "127.evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil",
    "127.0.0.1:4318",
    "127.1",
    "128.0.0.1",
    "0.0.0.0",
    "::ffff:127.0.0.1",
    "",
  ])
    it(`X21: is not taken in by ${JSON.stringify(host)}`, () => assert.ok(!isLoopback(host)));
});

describe("a receiver", () => {
  let server: TestReceiver;
  beforeEach(async () => {
    server = await startTestReceiver({ listen: "localhost:0" });
  });
  afterEach(() => server.receiver.close());

  it("S2: is there on both loopback addresses, on one port", async () => {
    const hosts = server.receiver.addresses.map(({ host }) => host);
    assert.ok(hosts.includes("127.0.0.1"));
    for (const { host, port } of server.receiver.addresses) {
      assert.equal(port, server.port);
      assert.equal((await post({ host, port })).status, 200);
    }
  });

  it("S4: tells the real port when asked for any", () => {
    assert.ok(server.port > 0);
  });

  it("S6: takes gRPC and HTTP on one port", async () => {
    assert.equal((await post(server)).status, 200);
    assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "0");
    assert.equal(server.requests.length, 2);
  });

  it("tells HTTP when its first bytes come one at a time, also a method that begins like HTTP/2", async () => {
    const bytes = (text: string): string[] => text.split("");
    assert.match(
      await talk(server.port, bytes("PUT /v1/traces HTTP/1.1\r\nHost: localhost\r\n\r\n")),
      /^HTTP\/1\.1 405 /,
    );
    assert.match(
      await talk(server.port, bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")),
      /^HTTP\/1\.1 200 /,
    );
  });

  it("S5: closes a TLS client's connection, says why, and stays alive", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(Buffer.from("160301020001", "hex"));
    await once(socket.resume(), "close");
    assert.deepEqual(server.notices, [{ kind: "tls_client" }]);
    assert.equal((await post(server)).status, 200);
  });

  it("stays alive when a client goes away before it says anything", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.resetAndDestroy();
    assert.equal((await post(server)).status, 200);
  });

  it("S3: names an address that is taken, and leaves nothing listening", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port: taken } = other.address() as { port: number };
    const free = server.port;
    await server.receiver.close();
    await assert.rejects(
      startTestReceiver({ listen: `127.0.0.1:${free},127.0.0.1:${taken}` }),
      (error: Error) => {
        assert.ok(error instanceof ListenError);
        assert.deepEqual([error.address.port, error.code], [taken, "EADDRINUSE"]);
        return true;
      },
    );
    other.close();
    server = await startTestReceiver({ listen: `127.0.0.1:${free}` });
  });

  it("answers requests under way when it is closed, and takes no more", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await startTestReceiver({ until });
    const reply = post(slow);
    while (slow.requests.length === 0) await new Promise(setImmediate);
    const closed = slow.receiver.close();
    await assert.rejects(post(slow));
    release();
    assert.equal((await reply).status, 200);
    await closed;
  });
});
