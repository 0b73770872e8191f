/** What senders of both protocols are told by the built server while its disk is slow, full, or gone. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { google } from "../../src/otlp/generated/otlp.js";
import type { DiskFault } from "../durability/disk-plan.js";
import { type FaultyServe, killLeftServes, startFaultyServe } from "../durability/faulty-serve.js";
import { jobtrace } from "../end-to-end/serve-process.js";
import { attemptRequest } from "../otlp-request.js";
import { callGrpc, frame, type GrpcReply, post, statusOf } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";

const retryInfoOf = ({ details }: GrpcReply): readonly unknown[] =>
  google.rpc.Status.decode(details ?? Buffer.alloc(0)).details.map(({ type_url }) => type_url);

describe("the built server on a disk", function () {
  this.timeout(60_000);
  afterEach(killLeftServes);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const whileThere = (): string => join(folder(), "trouble");

  /** Its disk misbehaves in this way as long as the file `whileThere` is there. */
  const start = (fault: DiskFault): Promise<FaultyServe> =>
    startFaultyServe(store(), [fault], { whileThere: whileThere() });
  const jobOf = (): { readonly jid: string; readonly body: Buffer } => {
    const jid = randomBytes(12).toString("hex");
    return { jid, body: attemptRequest({ jid, traceId: randomBytes(16) }) };
  };
  const portOf = ({ endpoint }: FaultyServe): number => Number(new URL(endpoint).port);
  const attemptsOf = async (jid: string): Promise<number> => {
    const { stdout } = await jobtrace(["inspect", jid, "--json", `--store=${store()}`]);
    return (JSON.parse(stdout) as { readonly attempts: readonly unknown[] }).attempts.length;
  };

  it("S22, S84: that is slow tells a caller whose time is up; what it sends again is shown once", async () => {
    const serve = await start({ call: "sync", from: 1, effect: { kind: "delay", ms: 1500 } });
    const { jid, body } = jobOf();
    writeFileSync(whileThere(), "");
    const late = await callGrpc(portOf(serve), frame(body), { "grpc-timeout": "200m" });
    assert.equal(late.grpcStatus, "4");
    rmSync(whileThere());
    assert.equal((await callGrpc(portOf(serve), frame(body))).grpcStatus, "0");
    assert.equal(await attemptsOf(jid), 1);
  });

  it("S24, S60, S66: that is full refuses for now, and takes the same again when there is room", async () => {
    const serve = await start({
      call: "write",
      from: 1,
      effect: { kind: "error", code: "ENOSPC" },
    });
    const [first, second] = [jobOf(), jobOf()];
    const address = { host: "127.0.0.1", port: portOf(serve) };
    writeFileSync(whileThere(), "");
    const reply = await post(address, { body: first.body });
    assert.deepEqual([reply.status, statusOf(reply).code], [503, 14]);
    assert.match(String(reply.headers["retry-after"]), /^[1-5]$/);
    const call = await callGrpc(address.port, frame(second.body));
    assert.equal(call.grpcStatus, "14");
    assert.deepEqual(retryInfoOf(call), ["type.googleapis.com/google.rpc.RetryInfo"]);
    rmSync(whileThere());
    assert.equal((await post(address, { body: first.body })).status, 200);
    assert.equal((await callGrpc(address.port, frame(second.body))).grpcStatus, "0");
    for (const { jid } of [first, second]) assert.equal(await attemptsOf(jid), 1);
  });

  it("S66, S67: that fails to sync is never told as the sender's fault, which would lose the spans", async () => {
    const serve = await start({ call: "sync", from: 1, effect: { kind: "error", code: "EIO" } });
    const address = { host: "127.0.0.1", port: portOf(serve) };
    writeFileSync(whileThere(), "");
    const [reply, call] = await Promise.all([
      post(address, { body: jobOf().body }),
      callGrpc(address.port, frame(jobOf().body)),
    ]);
    assert.equal(reply.status, 503);
    assert.equal(call.grpcStatus, "14");
    assert.deepEqual(retryInfoOf(call), ["type.googleapis.com/google.rpc.RetryInfo"]);
    assert.equal((await serve.exited).code, 4);
  });
});
