/** What `serve` does when its disk fails: it never acknowledges what it cannot keep, and goes on where that is honest. */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { jobtrace } from "../end-to-end/serve-process.js";
import { jobRequest } from "../end-to-end/kill/job-request.js";
import { callGrpc, frame } from "../receiver/test-receiver.js";
import { seededRandom } from "../seeded-random.js";
import { temporaryFolder } from "../temporary-folder.js";
import type { DiskFault } from "./disk-plan.js";
import { type Answer, killLeftServes, startFaultyServe, startServeOn } from "./faulty-serve.js";

const UNREADABLE = 4;
/** More than an answer may take. */
const STALL_MS = 12_000;

const statuses = (answers: readonly Answer[]): readonly number[] =>
  answers.map(({ status }) => status);

describe("M6 serve on a failing disk", function () {
  this.timeout(60_000);
  // Before the folder is removed, because a process may still write to it.
  afterEach(killLeftServes);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");

  for (const nth of [1, 2, 5, 20]) {
    it(`D12 fdatasync number ${nth} fails: nothing is acknowledged from then on, it exits with 4, and opens again`, async () => {
      // Only this one: a second try would succeed, and must not be believed.
      const serve = await startFaultyServe(store(), [
        { call: "sync", from: nth, to: nth, effect: { kind: "error", code: "EIO" } },
      ]);
      const answers = await serve.sendMany(nth + 3);
      assert.deepEqual(
        statuses(answers).map((status) => status === 200),
        answers.map((_, at) => at < nth - 1),
      );
      assert.equal((await serve.exited).code, UNREADABLE);
      assert.match(serve.lines.join("\n"), /stopped: cannot make spans durable: EIO/);
      await serve.assertKept();
      const again = await startServeOn({ store: store() });
      assert.equal((await again.send()).status, 200);
      await again.kill();
      await serve.assertKept();
    });
  }

  it("D12 the folder cannot be synced when a segment is begun: the same", async () => {
    const serve = await startFaultyServe(
      store(),
      // The first three: the folders on the way in, and the first segment.
      [{ call: "folderSync", suffix: "/log", from: 3, effect: { kind: "error", code: "EIO" } }],
      {},
      ["--segment-size=1KiB"],
    );
    assert.ok(statuses(await serve.sendMany(20)).some((status) => status !== 200));
    assert.equal((await serve.exited).code, UNREADABLE);
    await serve.assertKept();
  });

  const failedWrites: Readonly<Record<string, readonly DiskFault[]>> = {
    EIO: [{ call: "write", from: 3, to: 3, effect: { kind: "error", code: "EIO" } }],
    ENOSPC: [{ call: "write", from: 3, to: 3, effect: { kind: "error", code: "ENOSPC" } }],
    "a short write, then ENOSPC": [
      { call: "write", from: 3, to: 3, effect: { kind: "short" } },
      { call: "write", from: 4, to: 4, effect: { kind: "error", code: "ENOSPC" } },
    ],
  };
  for (const [name, faults] of Object.entries(failedWrites)) {
    it(`D13 ${name}: that request is refused with 503 and Retry-After, the next is taken, nothing torn stays`, async () => {
      const serve = await startFaultyServe(store(), faults);
      const answers = await serve.sendMany(6);
      // The first fault hits the third commit's write.
      assert.deepEqual(statuses(answers), [200, 200, 503, 200, 200, 200]);
      assert.match(answers[2]?.retryAfter ?? "", /^[1-5]$/);
      await serve.kill();
      await serve.assertKept();
      const again = await startServeOn({ store: store() });
      assert.ok(!again.lines.some((line) => line.includes("recovered:")));
      await again.kill();
    });
  }

  it("D13 a short write is completed", async () => {
    const short = { call: "write", from: 2, to: 9, effect: { kind: "short" } } as const;
    const serve = await startFaultyServe(store(), [short]);
    assert.deepEqual(new Set(statuses(await serve.sendMany(6))), new Set([200]));
    await serve.kill();
    await serve.assertKept();
  });

  it("D13 what is left of a failed write cannot be cut off: the writer stops", async () => {
    const serve = await startFaultyServe(store(), [
      { call: "write", from: 2, to: 2, effect: { kind: "short" } },
      { call: "write", from: 3, to: 3, effect: { kind: "error", code: "EIO" } },
      { call: "truncate", from: 1, effect: { kind: "error", code: "EIO" } },
    ]);
    assert.deepEqual(statuses(await serve.sendMany(2)), [200, 503]);
    assert.equal((await serve.exited).code, UNREADABLE);
    const again = await startServeOn({ store: store() });
    await again.kill();
    await serve.assertKept();
  });

  it("D14 D16 no room and no descriptors for a while: refused meanwhile, readable, and taken again without a restart", async () => {
    const whileThere = join(folder(), "full");
    const full = (code: string, call: "open" | "write", suffix: string): DiskFault => ({
      call,
      suffix,
      from: 1,
      effect: { kind: "error", code },
    });
    const serve = await startFaultyServe(
      store(),
      [
        full("ENOSPC", "write", ".jlog"),
        full("ENOSPC", "write", ".jlix"),
        full("EMFILE", "open", ".tmp"),
      ],
      { whileThere },
      ["--segment-size=1KiB"],
    );
    assert.deepEqual(new Set(statuses(await serve.sendMany(5))), new Set([200]));
    writeFileSync(whileThere, "");
    assert.deepEqual(new Set(statuses(await serve.sendMany(30))), new Set([503]));
    assert.equal((await jobtrace(["list", `--store=${store()}`])).code, 0);
    rmSync(whileThere);
    assert.deepEqual(new Set(statuses(await serve.sendMany(10))), new Set([200]));
    // Descriptors that were lost with each failed rotation would be here.
    const open = readdirSync(`/proc/${serve.child.pid}/fd`).length;
    assert.ok(open < 60, `${open} descriptors are open`);
    await serve.kill();
    await serve.assertKept();
  });

  it("D18 the store is removed while it is written: nothing is acknowledged into nowhere", async () => {
    const serve = await startServeOn({ store: store() });
    assert.equal((await serve.send()).status, 200);
    rmSync(store(), { recursive: true });
    assert.deepEqual(statuses(await serve.sendMany(1)), [503]);
    assert.equal((await serve.exited).code, UNREADABLE);
    assert.match(serve.lines.join("\n"), /was removed while it was written/);
  });

  it("D18 the store is replaced while it is written: the other one is left alone", async () => {
    const other = join(folder(), "other");
    await (await startServeOn({ store: other })).kill();
    const serve = await startServeOn({ store: store(), options: ["--segment-size=1B"] });
    assert.equal((await serve.send()).status, 200);
    renameSync(store(), join(folder(), "moved"));
    mkdirSync(store());
    cpSync(other, store(), { recursive: true });
    assert.deepEqual(statuses(await serve.sendMany(1)), [503]);
    assert.equal((await serve.exited).code, UNREADABLE);
    assert.deepEqual(readdirSync(join(store(), "log")), readdirSync(join(other, "log")));
    await serve.assertKept(join(folder(), "moved"));
  });

  it("D20 a slow disk: requests wait together for few syncs, and others are answered meanwhile", async () => {
    const trace = join(folder(), "trace");
    const slow = { call: "sync", from: 1, effect: { kind: "delay", ms: 300 } } as const;
    const serve = await startFaultyServe(store(), [slow], { trace });
    const order: string[] = [];
    const sent = Array.from({ length: 20 }, () => serve.send().then(() => order.push("export")));
    await fetch(serve.endpoint).then(() => order.push("page"));
    await Promise.all(sent);
    assert.equal(order[0], "page");
    const syncs = readFileSync(trace, "utf8")
      .split("\n")
      .filter((line) => /"sync".*jlog"/.test(line));
    assert.ok(syncs.length < 10, `${syncs.length} syncs for 20 requests`);
    await serve.kill();
    await serve.assertKept();
  });

  it("L10 a disk that stalls: senders are told to come back, and it goes on by itself when the disk does", async () => {
    const stall = {
      call: "sync",
      from: 3,
      to: 3,
      effect: { kind: "delay", ms: STALL_MS },
    } as const;
    const serve = await startFaultyServe(store(), [stall]);
    assert.deepEqual(statuses(await serve.sendMany(2)), [200, 200]);
    const begin = performance.now();
    const port = Number(new URL(serve.endpoint).port);
    const body = jobRequest(seededRandom(1)).body;
    const [http, behind, grpc] = await Promise.all([
      serve.send(),
      serve.send(),
      callGrpc(port, frame(body)),
    ]);
    assert.ok(performance.now() - begin < STALL_MS, "they waited as long as the disk");
    assert.deepEqual(statuses([http, behind]), [503, 503]);
    assert.match(http.retryAfter ?? "", /^[1-5]$/);
    assert.equal(grpc.grpcStatus, "14");
    assert.match(grpc.details?.toString("latin1") ?? "", /google\.rpc\.RetryInfo/);
    while ((await serve.send()).status !== 200)
      assert.ok(performance.now() - begin < 2 * STALL_MS, "it does not go on");
    await serve.kill();
    await serve.assertKept();
  });

  it("D38 an error that nobody expects ends it, and nothing that was acknowledged is lost", async () => {
    const serve = await startFaultyServe(store(), [
      { call: "write", from: 4, effect: { kind: "throw" } },
    ]);
    assert.deepEqual(statuses(await serve.sendMany(5)), [200, 200, 200, 0, 0]);
    assert.notEqual((await serve.exited).code, 0);
    await serve.assertKept();
  });

  it("M11 a disk that loses what it was given is noticed", async () => {
    const lie = { call: "write", from: 3, effect: { kind: "lie" } } as const;
    const serve = await startFaultyServe(store(), [lie]);
    assert.deepEqual(new Set(statuses(await serve.sendMany(4))), new Set([200]));
    await serve.kill();
    await assert.rejects(serve.assertKept());
  });
});
