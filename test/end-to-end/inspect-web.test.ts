/** `inspect --web`: the built command, a real collector, and a program in the place of the browser. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { browsersOf } from "../../src/commands/browser.js";
import { recordedRun } from "../recorded-runs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type CommandRun, jobtrace, type ServeProcess, startServe } from "./serve-process.js";

const RUN = "test/fixtures/runs/cap-link";

describe("inspect --web", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const jid = recordedRun("cap-link").jobs[0]?.jid ?? "";
  const path = (name: string): string => join(folder(), name);
  const store = (): string => `--store=${path("store")}`;
  let serve: ServeProcess | undefined;

  beforeEach(async () => {
    const files = [1, 2, 3].map((number) => `${RUN}/00${number}.pb.gz`).filter(existsSync);
    assert.equal((await jobtrace(["import", ...files, store()])).code, 0);
    // It lives on when the command has ended, as browsers do.
    writeFileSync(
      path("browser"),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${path("opened")}'\nsleep 1\n`,
    );
    chmodSync(path("browser"), 0o755);
  });
  afterEach(async () => {
    await serve?.kill("SIGTERM");
    serve = undefined;
  });

  async function web(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandRun> {
    const server = serve?.endpoint ?? "http://127.0.0.1:1";
    const own = { BROWSER: path("browser"), JOBTRACE_SERVER: server, DISPLAY: "", ...env };
    return jobtrace(["inspect", store(), "--web", ...args], { ...own, WAYLAND_DISPLAY: "" });
  }

  async function opened(): Promise<string> {
    for (let left = 100; left > 0 && !existsSync(path("opened")); left--) await sleep(20);
    return readFileSync(path("opened"), "utf8");
  }

  it("opens the page of the job that any kind of id leads to, and prints its address", async () => {
    serve = await startServe(path("store"));
    for (const [args, page] of [
      [[jid], ""],
      [[jid.slice(0, 8)], ""],
      [["@last", "--json"], ".json"],
      [[jid, "--attempt=1"], "/attempts/1"],
    ] as const) {
      rmSync(path("opened"), { force: true });
      const run = await web(args);
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      const address = run.stdout.trim();
      if (args[0] !== "@last") assert.equal(address, `${serve.endpoint}/jobs/${jid}${page}`);
      assert.equal(await opened(), `${address}\n`);
      assert.equal((await fetch(address)).status, 200);
    }
  });

  it("prints the address where there is no browser, and says so", async () => {
    serve = await startServe(path("store"));
    for (const browser of ["", "/nowhere/browser", "false"]) {
      const run = await web([jid], { BROWSER: browser });
      assert.deepEqual([run.code, run.stdout], [0, `${serve.endpoint}/jobs/${jid}\n`]);
      assert.match(run.stderr, /no browser could be started: open that address, or set BROWSER/);
    }
    assert.equal((await web([jid, "-q"], { BROWSER: "" })).stderr, "");
  });

  it("says how to start a collector where none answers, and opens nothing", async () => {
    const run = await web([jid]);
    assert.deepEqual([run.code, run.stdout], [4, ""]);
    assert.match(run.stderr, /nothing listens on 127\.0\.0\.1:1 .*start one with jobtrace serve/);
    assert.ok(!existsSync(path("opened")));
  });

  it("opens no page that would say no: another store's collector, a job or attempt unknown", async () => {
    serve = await startServe(path("other"));
    const other = await web([jid]);
    assert.deepEqual([other.code, other.stdout], [1, ""]);
    assert.match(other.stderr, /has no page \/jobs\/\S+: it writes to another store/);
    await serve.kill("SIGTERM");
    serve = await startServe(path("store"));
    assert.equal((await web([jid, "--attempt=99"])).code, 1);
    assert.equal((await web(["0".repeat(24)])).code, 1);
    assert.equal((await web([jid, "--graph"])).code, 2);
    assert.equal((await web([jid, "--follow"])).code, 2);
    assert.equal((await web([jid], { JOBTRACE_SERVER: "nowhere" })).code, 2);
    assert.ok(!existsSync(path("opened")));
  });

  it("says that a browser sends no token, where the collector asks for one", async () => {
    process.env["JOBTRACE_TOKEN"] = "secret";
    try {
      serve = await startServe(path("store"));
    } finally {
      delete process.env["JOBTRACE_TOKEN"];
    }
    const run = await web([jid], { JOBTRACE_TOKEN: "secret" });
    assert.deepEqual([run.code, run.stdout], [4, ""]);
    assert.match(run.stderr, /asks for a token, which a browser does not send/);
    assert.ok(!existsSync(path("opened")));
  });

  it("knows the browsers of each system, and what BROWSER may say", () => {
    const page = "http://127.0.0.1:4318/jobs/a%26b";
    const none = {};
    assert.deepEqual(browsersOf(page, { BROWSER: "firefox -new-tab %s:w3m" }, "linux"), [
      ["firefox", "-new-tab", page],
      ["w3m", page],
    ]);
    assert.deepEqual(browsersOf(page, { DISPLAY: ":0" }, "linux"), [["xdg-open", page]]);
    assert.deepEqual(browsersOf(page, none, "linux"), []);
    assert.deepEqual(browsersOf(page, none, "darwin"), [["open", page]]);
    assert.equal(browsersOf(page, none, "win32")[0]?.at(-1), page);
  });
});
