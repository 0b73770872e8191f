/** E26: forwarding over TLS. The peer must prove who it is, and what only a person can mend parks the forwarder. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { readTarget } from "../../src/exporters/forward-target.js";
import { createGrpcSender } from "../../src/exporters/grpc-sender.js";
import { createHttpSender } from "../../src/exporters/http-sender.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type Certificate, type Certificates, makeCertificates } from "./certificates.js";
import {
  type ForwardedStore,
  forwardReceived,
  openForwardedStore,
  type Watched,
} from "./forwarded-store.js";
import { type ScriptedPeer, startGrpcPeer, startHttpPeer } from "./scripted-peer.js";

const HERE = "IP:127.0.0.1";

for (const protocol of ["grpc", "http/protobuf"] as const) {
  describe(`forwarding over ${protocol} and TLS`, () => {
    const folder = temporaryFolder();
    let certificates: Certificates;
    let store: ForwardedStore;
    let peer: ScriptedPeer | undefined;
    let forwarder: Watched | undefined;

    beforeEach(() => {
      certificates = makeCertificates(folder());
      store = openForwardedStore(join(folder(), "store"));
    });
    afterEach(async () => {
      await forwarder?.stop();
      await peer?.close();
      await store.close();
      forwarder = undefined;
      peer = undefined;
    });

    /** `isMutual`: it asks for a certificate of the client. */
    async function startPeer({ key, cert }: Certificate, isMutual = false): Promise<ScriptedPeer> {
      const authority = readFileSync(certificates.authority);
      peer =
        protocol === "grpc"
          ? await startGrpcPeer({
              credentials: ServerCredentials.createSsl(
                authority,
                [{ private_key: key, cert_chain: cert }],
                isMutual,
              ),
            })
          : await startHttpPeer(0, { key, cert, ca: authority, requestCert: isMutual });
      return peer;
    }

    async function forward(port: number, options: Record<string, string> = {}): Promise<Watched> {
      const all: Record<string, string> = { protocol, timeout: "2000", ...options };
      const read = readTarget(`https://127.0.0.1:${port}`, "as-received", (name) => all[name]);
      assert.ok(read.kind === "target");
      const create = protocol === "grpc" ? createGrpcSender : createHttpSender;
      const sender = create(read.target, { userAgent: "jobtrace/test", storeId: "00" });
      await store.append(1);
      forwarder = forwardReceived(store.reader, sender);
      return forwarder;
    }

    /** Resolves with the reason. */
    async function parked({ changes }: Watched): Promise<string> {
      for (;;) {
        for (const change of changes)
          if (change.kind === "outcome" && change.outcome.kind === "blocked")
            return change.outcome.reason;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }

    it("E26 sends to a peer whose certificate the given authority signed", async () => {
      const started = await startPeer(certificates.issue("peer", HERE));
      await forward(started.port, { certificate: certificates.authority });
      await started.until(() => started.taken.size === 1);
    });

    it("E26 shows its own certificate to a peer that asks for one", async () => {
      const started = await startPeer(certificates.issue("peer", HERE), true);
      const own = certificates.issue("sender", HERE);
      await forward(started.port, {
        certificate: certificates.authority,
        client_key: own.keyFile,
        client_certificate: own.certFile,
      });
      await started.until(() => started.taken.size === 1);
    });

    for (const [what, names, isOver, expected] of [
      ["another name", "DNS:elsewhere.example", false, /altnames|does not match/i],
      ["a certificate that has expired", HERE, true, /expired/i],
    ] as const) {
      it(`E26 is parked by a peer with ${what}, and says so`, async () => {
        const started = await startPeer(certificates.issue("peer", names, isOver));
        const reason = await parked(
          await forward(started.port, { certificate: certificates.authority }),
        );
        assert.match(reason, expected);
        assert.equal(started.requests.length, 0);
      });
    }

    it("E26 is parked by a peer whose authority it does not know", async () => {
      const started = await startPeer(certificates.issue("peer", HERE));
      const reason = await parked(await forward(started.port));
      assert.match(reason, /certificate/i);
      assert.equal(started.requests.length, 0);
    });
  });
}
