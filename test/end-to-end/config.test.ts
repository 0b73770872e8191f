/** One configuration file, which one it is, and what `jobtrace config` says of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type CommandRun, MAIN } from "./serve-process.js";

interface PrintedConfig {
  readonly file: string | null;
  readonly settings: readonly {
    readonly key: string;
    readonly value: string | null;
    readonly origin: { readonly kind: string; readonly name: string | null };
  }[];
}

describe("jobtrace config", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const file = (path: string, document: unknown): string => {
    const whole = join(folder(), path);
    mkdirSync(join(whole, ".."), { recursive: true });
    writeFileSync(whole, typeof document === "string" ? document : JSON.stringify(document));
    return whole;
  };
  const run = (args: readonly string[], env: Record<string, string> = {}): CommandRun => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(MAIN), ...args], {
      cwd: folder(),
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: join(folder(), "home"), ...env },
    });
    return { code: status, stdout, stderr };
  };
  const read = (args: readonly string[], env: Record<string, string> = {}): PrintedConfig => {
    const { code, stdout, stderr } = run(["config", "--json", ...args], env);
    assert.equal(code, 0, stderr);
    const document = JSON.parse(stdout) as PrintedConfig;
    assertKeepsSchema("config-v1", document);
    return document;
  };

  it("reads one file: --config, JOBTRACE_CONFIG, ./jobtrace.json, the user's own; none with --no-config", () => {
    const env = { XDG_CONFIG_HOME: join(folder(), "xdg") };
    const valueOf = (args: readonly string[], more: Record<string, string> = {}): unknown => {
      const { file: path, settings } = read(args, { ...env, ...more });
      const width = settings.find(({ key }) => key === "width");
      const time = settings.find(({ key }) => key === "time");
      return [path, width?.origin.kind === "file" ? width.value : null, time?.value];
    };
    assert.deepEqual(valueOf([]), [null, null, "offset"]);
    const own = file("xdg/jobtrace/config.json", { width: 50, time: "clock" });
    assert.deepEqual(valueOf([]), [own, "50", "clock"]);
    file("jobtrace.json", { width: 60 });
    // Never merged: `time` of the user's own file does not hold beside it.
    assert.deepEqual(valueOf([]), ["./jobtrace.json", "60", "offset"]);
    const named = file("named.json", { width: 70 });
    assert.deepEqual(valueOf([], { JOBTRACE_CONFIG: named }), [named, "70", "offset"]);
    const other = file("other.json", "\uFEFF{}");
    assert.deepEqual(valueOf([`--config=${other}`], { JOBTRACE_CONFIG: named }), [
      other,
      null,
      "offset",
    ]);
    assert.deepEqual(valueOf(["--no-config"], { JOBTRACE_CONFIG: named }), [null, null, "offset"]);
  });

  it("prints each setting with where it was given", () => {
    file("jobtrace.json", {
      store: "spans",
      retention: { max_age: "7d", max_bytes: "5GB" },
      forward: { endpoint: "http://localhost:14318", headers: { authorization: "Bearer secret" } },
    });
    const { stdout } = run(["config", "--forward=localhost:14317"], { JOBTRACE_KEEP_FREE: "1GB" });
    assert.match(
      stdout,
      new RegExp(`^store +${join(folder(), "spans")} +file \\./jobtrace\\.json$`, "m"),
    );
    assert.match(stdout, /^retention +7d, 5 GB +file \.\/jobtrace\.json$/m);
    assert.match(stdout, /^keep_free +1 GB +env JOBTRACE_KEEP_FREE$/m);
    assert.match(stdout, /^forward\.endpoint +localhost:14317 +flag --forward$/m);
    assert.match(stdout, /^forward\.headers +authorization=\*\*\* +file \.\/jobtrace\.json$/m);
    assert.match(stdout, /^durability +fsync +default$/m);
    assert.equal(stdout.includes("secret"), false);
  });

  for (const [document, message] of [
    [{ retension: "7d" }, "./jobtrace.json: unknown key retension: did you mean retention?"],
    [
      { forward: { endpoin: "x" } },
      "./jobtrace.json: unknown key forward.endpoin: did you mean forward.endpoint?",
    ],
    [{ ascii: 1 }, "./jobtrace.json: ascii must be true or false"],
    [
      { tz: "Mars/Olympus" },
      "./jobtrace.json: tz=Mars/Olympus is not a time zone: use UTC, local or a name such as Europe/Berlin",
    ],
    ["{ width: 60 }", "./jobtrace.json is not JSON: "],
  ] as const) {
    it(`exits 2 for ${JSON.stringify(document)}, whatever reads it`, () => {
      file("jobtrace.json", document);
      for (const command of [["config"], ["list"], ["inspect", "8f3c1d0a"]]) {
        const { code, stdout, stderr } = run(command);
        assert.deepEqual([code, stdout], [2, ""], command.join(" "));
        assert.ok(stderr.startsWith(`jobtrace: ${message}`), stderr);
      }
      assert.equal(run(["version"]).code, 0);
    });
  }

  it("exits 2 when the file that was named is not there", () => {
    const { code, stderr } = run(["list", "--config=nowhere.json"]);
    assert.deepEqual([code, /there is no file nowhere\.json/.test(stderr)], [2, true]);
  });

  it("is what the other commands go by", () => {
    file("jobtrace.json", { store: "spans" });
    assert.match(run(["list"]).stderr, new RegExp(join(folder(), "spans")));
    assert.match(run(["list", "--store=other"]).stderr, new RegExp(join(folder(), "other")));
  });
});
