/** The forwarder against a scripted OTLP server, over both protocols. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readTarget } from "../../src/exporters/forward-target.js";
import { createGrpcSender } from "../../src/exporters/grpc-sender.js";
import { createHttpSender } from "../../src/exporters/http-sender.js";
import type { Sender } from "../../src/exporters/sender.js";
import { statusProtobuf, successProtobuf } from "../../src/otlp/export-reply.js";
import { temporaryFolder } from "../temporary-folder.js";
import {
  type ForwardedStore,
  forwardReceived,
  openForwardedStore,
  type Watched,
} from "./forwarded-store.js";
import { type ScriptedPeer, startGrpcPeer, startHttpPeer } from "./scripted-peer.js";

const STORE_ID = "5e".repeat(16);

type Options = Readonly<Record<string, string>>;

function senderTo(port: number, protocol: "grpc" | "http/protobuf", options: Options = {}): Sender {
  const all: Options = { protocol, timeout: "500", ...options };
  const read = readTarget(`http://127.0.0.1:${port}`, "as-received", (name) => all[name]);
  assert.ok(read.kind === "target");
  const create = protocol === "grpc" ? createGrpcSender : createHttpSender;
  return create(read.target, { userAgent: "jobtrace/test", storeId: STORE_ID });
}

for (const protocol of ["grpc", "http/protobuf"] as const) {
  describe(`forwarding over ${protocol}`, () => {
    const folder = temporaryFolder();
    let peer: ScriptedPeer;
    let store: ForwardedStore;
    let forwarder: Watched | undefined;

    beforeEach(async () => {
      peer = await (protocol === "grpc" ? startGrpcPeer() : startHttpPeer());
      store = openForwardedStore(join(folder(), "store"));
    });
    afterEach(async () => {
      await forwarder?.stop();
      forwarder = undefined;
      await peer.close();
      await store.close();
    });

    function forward(options?: Options): Watched {
      forwarder = forwardReceived(store.reader, senderTo(peer.port, protocol, options));
      return forwarder;
    }

    /** All of them came, none twice. */
    function assertTakenOnce(spanIds: readonly string[]): void {
      assert.deepEqual([...peer.taken.keys()].sort(), [...spanIds].sort());
      assert.ok([...peer.taken.values()].every((times) => times === 1));
    }

    it("sends what is in the log, each request and span once, and then what comes", async () => {
      const before = [...(await store.append(3)), ...(await store.append(2, "gzip"))];
      const sent = forward();
      await peer.until(() => peer.taken.size === 5);
      const after = await store.append(4);
      sent.wake();
      await peer.until(() => peer.taken.size === 9);
      assertTakenOnce([...before, ...after]);
      // The first two are under way at once, so either may arrive first.
      const sizes = peer.requests.map(({ spanIds }) => spanIds.length);
      assert.deepEqual([sizes.slice(0, 2).sort((a, b) => a - b), sizes.slice(2)], [[2, 3], [4]]);
      await sent.stop();
      assert.equal(sent.saves.at(-1), 3);
    });

    it("E4 names itself; E3 sends the headers", async () => {
      await store.append(1);
      forward({ headers: "x-tenant=shop" });
      await peer.until(() => peer.requests.length === 1);
      const headers = peer.requests[0]?.headers ?? {};
      assert.match(String(headers["user-agent"]), /^jobtrace\/test/);
      assert.equal(headers["x-tenant"], "shop");
      assert.equal(headers["x-jobtrace-forwarded"], STORE_ID);
    });

    for (const compression of ["gzip", "none", "as-it-is"] as const) {
      it(`E5 sends with compression ${compression} what came either way`, async () => {
        const ids = [...(await store.append(40)), ...(await store.append(40, "gzip"))];
        forward({ compression });
        await peer.until(() => peer.taken.size === 80);
        assertTakenOnce(ids);
        if (protocol === "grpc") return;
        const encodings = {
          gzip: ["gzip", "gzip"],
          none: [undefined, undefined],
          "as-it-is": [undefined, "gzip"],
        };
        assert.deepEqual(
          peer.requests.map(({ headers }) => headers["content-encoding"]),
          encodings[compression],
        );
      });
    }

    it("E6 tries again while the peer says not now", async () => {
      peer.script = ({ number }) => (number < 2 ? notNow() : { kind: "ok" });
      const ids = await store.append(3);
      forward();
      await peer.until(() => peer.taken.size === 3);
      assert.equal(peer.requests.length, 3);
      assertTakenOnce(ids);
    });

    it("E7 finds one bad span among 512 with 18 requests more, keeps it, and sends the others", async () => {
      const ids = await store.append(512);
      const poison = ids[300] ?? "";
      peer.script = ({ spanIds }) => (spanIds.includes(poison) ? badData() : { kind: "ok" });
      const sent = forward();
      await peer.until(() => peer.taken.size === 511);
      assert.ok(peer.requests.length <= 1 + 18, `${peer.requests.length} requests`);
      assertTakenOnce(ids.filter((id) => id !== poison));
      await sent.stop();
      assert.deepEqual(
        sent.rejected.map(({ code }) => code),
        [protocol === "grpc" ? "INVALID_ARGUMENT" : "HTTP 400"],
      );
      assert.ok(sent.rejected[0]?.request.includes(Buffer.from(poison, "hex")));
      assert.equal(sent.saves.at(-1), 1);
    });

    it("E8 waits with everything when it is the set-up that is refused, and keeps the cursor", async () => {
      await store.append(3);
      peer.script = () => noToken();
      const sent = forward();
      await peer.until(() => peer.requests.length === 1);
      await store.append(3);
      await sent.stop();
      assert.deepEqual(sent.saves, []);
      assert.deepEqual(sent.rejected, []);
      assert.ok(
        sent.changes.some(
          (change) => change.kind === "outcome" && change.outcome.kind === "blocked",
        ),
      );
    });

    it("E9 sends less at once from then on, when it was too much", async () => {
      const most = 9000;
      peer.script = ({ bytes }) => (bytes > most ? tooLarge() : { kind: "ok" });
      const ids = [...(await store.append(400))];
      forward();
      await peer.until(() => peer.taken.size === 400);
      const refused = (): number => peer.requests.filter(({ bytes }) => bytes > most).length;
      const learnt = refused();
      assert.ok(learnt >= 1);
      ids.push(...(await store.append(400)));
      await peer.until(() => peer.taken.size === 800);
      assertTakenOnce(ids);
      assert.equal(refused(), learnt);
    });

    it("E10 comes back no sooner than it is told", async () => {
      let first = 0;
      let second = 0;
      peer.script = ({ number }) => {
        if (number > 0) {
          second = performance.now();
          return { kind: "ok" };
        }
        first = performance.now();
        return notNow(1);
      };
      await store.append(1);
      forward();
      await peer.until(() => peer.taken.size === 1);
      // Its own backoff would be half a second.
      assert.ok(second - first >= 990, `${second - first} ms`);
    });

    it("E12 goes on after a partial success, and never sends it again", async () => {
      const body = Buffer.from(successProtobuf({ rejected: 2, message: "two were odd" }));
      peer.script = () => ({ kind: "ok", body });
      await store.append(5);
      await store.append(1);
      const sent = forward();
      await peer.until(() => peer.requests.length === 2);
      await sent.stop();
      assert.equal(sent.saves.at(-1), 2);
      const outcome = { kind: "accepted", rejectedSpans: 2, message: "two were odd" };
      assert.deepEqual(
        sent.changes
          .filter((change) => change.kind === "outcome")
          .sort((a, b) => b.spans - a.spans),
        [5, 1].map((spans) => ({ kind: "outcome", outcome, spans })),
      );
    });

    it("E20 gives up waiting for an answer, and sends it again", async () => {
      peer.script = ({ number }) => (number === 0 ? { kind: "silence" } : { kind: "ok" });
      const ids = await store.append(2);
      forward({ timeout: "100" });
      await peer.until(() => peer.taken.size === 2);
      assertTakenOnce(ids);
    });

    it("E13 reads no answer of more than 4 MiB, and does not ask for it again", async () => {
      peer.script = () => ({ kind: "ok", body: Buffer.alloc(4 * 1024 * 1024 + 1) });
      await store.append(1);
      const sent = forward({ timeout: "5000" });
      await until(() => sent.rejected.length === 1);
      await sent.stop();
      assert.equal(sent.rejected[0]?.code, "answer too long");
      assert.equal(peer.requests.length, 1);
      assert.deepEqual(sent.saves, [1]);
    });

    it("E19 has four requests under way at most, and a cursor that waits for the oldest", async () => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const first = await store.append(700);
      const ids = [...first];
      for (let i = 0; i < 6; i++) ids.push(...(await store.append(700)));
      peer.script = async ({ spanIds }) => {
        if (spanIds.includes(first[0] ?? "")) await held;
        return { kind: "ok" };
      };
      const sent = forward({ timeout: "10000" });
      await peer.until(() => peer.taken.size === 3 * 700);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(peer.requests.length, 4);
      assert.deepEqual(sent.saves, []);
      release();
      await peer.until(() => peer.taken.size === 7 * 700);
      await sent.stop();
      assertTakenOnce(ids);
      assert.equal(sent.saves.at(-1), 7);
    });

    it("E21 decides alone what is sent again: a refusal is one request until its time is over", async () => {
      peer.script = () => notNow(3);
      await store.append(1);
      forward();
      await peer.until(() => peer.requests.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(peer.requests.length, 1);
    });

    it("E23 sends no request without spans", async () => {
      // A ResourceSpans with a resource and nothing in it.
      await store.take(Buffer.from("0a020a00", "hex"));
      const ids = await store.append(1);
      forward();
      await peer.until(() => peer.taken.size === 1);
      assertTakenOnce(ids);
      assert.deepEqual(
        peer.requests.map(({ spanIds }) => spanIds.length),
        [1],
      );
    });

    it("E16 waits for a peer that is not there, and sends what came meanwhile in order", async () => {
      const { port } = peer;
      await peer.close();
      const ids = [...(await store.append(2)), ...(await store.append(2))];
      const sent = forward();
      await until(() => sent.changes.some(({ kind }) => kind === "outcome"));
      ids.push(...(await store.append(2)));
      peer = await (protocol === "grpc" ? startGrpcPeer({ port }) : startHttpPeer(port));
      await peer.until(() => peer.taken.size === 6);
      assertTakenOnce(ids);
    });

    it("E22 waits for answers when it is stopped, and saves how far it came", async () => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      peer.script = async () => {
        await held;
        return { kind: "ok" };
      };
      await store.append(2);
      const sent = forward({ timeout: "5000" });
      await until(() => peer.requests.length === 1);
      const stopped = sent.stop();
      release();
      await stopped;
      assert.deepEqual(sent.saves, [1]);
    });

    function notNow(seconds?: number) {
      if (protocol !== "grpc") {
        const headers: Record<string, string> =
          seconds === undefined ? {} : { "retry-after": String(seconds) };
        return { kind: "http", status: 503, headers } as const;
      }
      const retry = seconds === undefined ? {} : { retryAfterSeconds: seconds };
      const details = Buffer.from(statusProtobuf({ code: 14, message: "", ...retry }));
      return { kind: "grpc", code: 14, details } as const;
    }

    function badData() {
      return protocol === "grpc"
        ? ({ kind: "grpc", code: 3, message: "a bad span" } as const)
        : ({ kind: "http", status: 400 } as const);
    }

    function noToken() {
      return protocol === "grpc"
        ? ({ kind: "grpc", code: 16 } as const)
        : ({ kind: "http", status: 401 } as const);
    }

    function tooLarge() {
      return protocol === "grpc"
        ? ({ kind: "grpc", code: 8 } as const)
        : ({ kind: "http", status: 413 } as const);
    }
  });
}

/** Looks again each turn of the event loop. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(setImmediate);
}
