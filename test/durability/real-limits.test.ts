/** Limits that the operating system sets, without a shim: a small disk, a largest file, places where no store can be. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { jobtrace } from "../end-to-end/serve-process.js";
import { post, PROTOBUF } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";
import { killLeftServes, startServeOn } from "./faulty-serve.js";
import { straceMissing } from "./strace.js";

const UNREADABLE = 4;

/** More requests than any of the limits here holds. */
const REQUESTS_MAX = 2000;

describe("serve within the system's limits", function () {
  this.timeout(60_000);
  // Before the folder is removed, because a process may still write to it.
  afterEach(killLeftServes);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");

  /** A command that runs a command with the folder on a file system of this size; undefined where none can be mounted. */
  function mounted(size: string): ((command: string) => readonly string[]) | undefined {
    const on = (command: string): readonly string[] => [
      "unshare",
      "-rm",
      "sh",
      "-c",
      `mount -t tmpfs -o size=${size} tmpfs "$0" && ${command}`,
      folder(),
    ];
    const [program = "", ...args] = on("true");
    if (spawnSync(program, args).status === 0) return on;
    console.log("        skipped: no file system can be mounted here");
    return undefined;
  }

  /** Sends until it is refused, makes room, sends again; every answer must be kept. */
  async function refusedUntilThereIsRoom(under: readonly string[], options: readonly string[]) {
    const serve = await startServeOn({ store: store(), options, under });
    // The mount is the process's own, so it is looked at through the process.
    const root = `/proc/${serve.child.pid}/root${folder()}`;
    let last = await serve.send();
    for (let sent = 1; last.status === 200 && sent < REQUESTS_MAX; sent++)
      last = await serve.send();
    assert.equal(last.status, 503);
    assert.match(last.retryAfter ?? "", /^[1-5]$/);
    assert.equal((await jobtrace(["list", `--store=${join(root, "store")}`])).code, 0);
    await serve.assertKept(join(root, "store"));
    rmSync(join(root, "ballast"));
    assert.equal((await serve.send()).status, 200);
    await serve.assertKept(join(root, "store"));
  }

  it("D14 M7 a full disk: refused with 503 and Retry-After, readable, and taken again when there is room", async function () {
    const on = mounted("256k");
    if (on === undefined) this.skip();
    await refusedUntilThereIsRoom(on('head -c 64000 /dev/zero > "$0/ballast" && exec "$@"'), [
      "--segment-size=32KiB",
      "--keep-free=0",
    ]);
  });

  it("D15 a disk with less room than is to stay free: refused before it is full, and taken again when there is room", async function () {
    const on = mounted("4m");
    if (on === undefined) this.skip();
    await refusedUntilThereIsRoom(on('head -c 3000000 /dev/zero > "$0/ballast" && exec "$@"'), [
      "--keep-free=2MiB",
    ]);
  });

  it("D13 M8 a largest size for files: refused, nothing half written stays, and taken in the next segment's file", async () => {
    const serve = await startServeOn({
      store: store(),
      // In blocks of 512 bytes.
      under: ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh"],
    });
    let last = await serve.send();
    for (let sent = 1; last.status === 200 && sent < REQUESTS_MAX; sent++)
      last = await serve.send();
    assert.equal(last.status, 503);
    await serve.kill();
    await serve.assertKept();
    const again = await startServeOn({ store: store() });
    assert.ok(!again.lines.some((line) => line.includes("recovered:")), again.lines.join("\n"));
    assert.equal((await again.send()).status, 200);
  });

  it("D19 interrupted calls: nobody notices", async function () {
    const missing = straceMissing();
    if (missing !== undefined) {
      console.log(`        skipped: ${missing}`);
      this.skip();
    }
    const calls = "write,pwrite64,pwritev,fdatasync";
    const serve = await startServeOn({
      store: store(),
      under: [
        "strace",
        "-f",
        "--output=/dev/null",
        `--trace=${calls}`,
        "--inject=pwrite64,pwritev,fdatasync:error=EINTR:when=2+3",
      ],
    });
    const answers = await serve.sendMany(20);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await serve.assertKept();
    process.kill(Number(/pid (\d+)/.exec(serve.lines[0] ?? "")?.[1]), "SIGTERM");
    assert.equal((await serve.exited).code, 0);
  });

  it("L19 a disk that takes seconds for each sync: large bodies are inflated meanwhile, for which the same threads are used", async function () {
    const missing = straceMissing();
    if (missing !== undefined) {
      console.log(`        skipped: ${missing}`);
      this.skip();
    }
    const serve = await startServeOn({
      store: store(),
      under: [
        "strace",
        "-f",
        "--output=/dev/null",
        "--trace=fdatasync",
        "--inject=fdatasync:delay_enter=2s",
      ],
    });
    const order: string[] = [];
    const senders = Array.from({ length: 8 }, async () => {
      assert.equal((await serve.send()).status, 200);
      order.push("stored");
    });
    const { hostname: host, port } = new URL(serve.endpoint);
    // Noise does not compress, so that it is not inflated on the way; it is no request and needs no sync.
    const body = gzipSync(Buffer.concat([Buffer.of(0xff), randomBytes(1_000_000)]));
    const headers = { ...PROTOBUF, "content-encoding": "gzip" };
    const inflated = post({ host, port: Number(port) }, { headers, body }).then(({ status }) => {
      order.push("inflated");
      assert.equal(status, 400);
    });
    await Promise.all([...senders, inflated]);
    assert.equal(order[0], "inflated");
    await serve.assertKept();
    process.kill(Number(/pid (\d+)/.exec(serve.lines[0] ?? "")?.[1]), "SIGTERM");
    assert.equal((await serve.exited).code, 0);
  });

  const places: Readonly<Record<string, () => string>> = {
    "a file": () => join(folder(), "file"),
    "inside a file": () => join(folder(), "file", "store"),
    "a name that is too long": () => join(folder(), "n".repeat(256)),
  };
  for (const [name, path] of Object.entries(places)) {
    it(`D17 ${name}: exits with 4 and a sentence, and makes nothing`, async () => {
      writeFileSync(join(folder(), "file"), "");
      const { code, stderr } = await jobtrace([
        "serve",
        "--listen=127.0.0.1:0",
        `--store=${path()}`,
      ]);
      assert.equal(code, UNREADABLE);
      assert.match(stderr, /^jobtrace: .*\n$/);
      assert.deepEqual(readdirSync(folder()), ["file"]);
    });
  }

  it("D17 missing parents, spaces, other scripts and a name of 255 bytes are places like any other", async () => {
    const path = join(folder(), "a b", "журнал", "n".repeat(255));
    const serve = await startServeOn({ store: path });
    assert.equal((await serve.send()).status, 200);
    await serve.kill();
    await serve.assertKept();
  });

  it("D35 a copy of a folder that is being written opens with what was acknowledged before", async () => {
    const serve = await startServeOn({ store: store(), options: ["--segment-size=4KiB"] });
    const before = 30;
    await serve.sendMany(before);
    const copy = join(folder(), "copy");
    const copying = serve.sendMany(before);
    // A file that is renamed or removed meanwhile is reported by cp, and is not missed.
    const cp = spawn("cp", ["-r", store(), copy], { stdio: ["ignore", "ignore", "pipe"] });
    for (const line of (await text(cp.stderr)).split("\n").filter(Boolean))
      assert.match(line, /No such file or directory/);
    await copying;
    await serve.assertKept(copy, before);
    const again = await startServeOn({ store: copy });
    assert.equal((await again.send()).status, 200);
    await again.assertKept();
    await serve.assertKept(copy, before);
  });
});
