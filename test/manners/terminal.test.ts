/** How commands behave on a terminal, in a pipe and with a pager: the built command, in real shells and pseudo-terminals. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { COMMANDS } from "../../src/commands/registry.js";
import { displayWidth } from "../../src/jobscope/inspect/layout.js";
import { CHARGE, FILES } from "../end-to-end/log-lines.js";
import { jobtrace, MAIN } from "../end-to-end/serve-process.js";
import { callsOf } from "./every-command.js";

const OTHER = "cdfe88074e477c7ce85aa689";
const JOBTRACE = `'${process.execPath}' '${resolve(MAIN)}'`;

let folder = "";
let store = "";

interface Shown {
  readonly code: number | null;
  readonly text: string;
}

/** Without what the machine of the test happens to have set. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, TERM: "xterm", LANG: "C.UTF-8", JOBTRACE_STORE: store, ...extra };
}

function inShell(
  command: string,
  env: Readonly<Record<string, string>> = {},
): Shown & { readonly err: string } {
  const run = spawnSync("bash", ["-o", "pipefail", "-c", command], {
    env: environment(env),
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: run.status, text: run.stdout, err: run.stderr };
}

/** In a pseudo-terminal of 80 columns and 12 rows. `keys`: what is typed. */
function onTerminal(
  command: string,
  env: Readonly<Record<string, string>> = {},
  { keys = "", rows = 12 } = {},
): Shown {
  const line = `stty rows ${rows} cols 80; ${command}`;
  const run = spawnSync("script", ["-qec", line, "/dev/null"], {
    env: environment({ SHELL: "/bin/bash", ...env }),
    input: keys,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: run.status, text: run.stdout.replaceAll("\r\n", "\n") };
}

function needsScript(this: Mocha.Context): void {
  if (spawnSync("script", ["-qec", "true", "/dev/null"]).status !== 0) this.skip();
}

describe("manners", function () {
  this.timeout(120_000);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "jobtrace-manners-"));
    store = join(folder, "store");
    const { code, stderr } = await jobtrace(["import", "-q", ...FILES, `--store=${store}`]);
    assert.equal(code, 0, stderr);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  describe("in a pipe", () => {
    for (const name of Object.keys(COMMANDS)) {
      it(`${name} ends silently with 0 when nobody reads on`, async () => {
        const [call] = await callsOf(name, store, [CHARGE, OTHER]);
        const args = call?.args ?? ["help", ...name.split(" ")];
        const words = args.map((arg) => `'${arg}'`).join(" ");
        const whole = inShell(`${JOBTRACE} ${words}`);
        const { code, text, err } = inShell(`${JOBTRACE} ${words} | head -n 1`);
        assert.equal(err, name === "doctor" ? err : whole.err);
        // What a command says through its status it says with a reader that leaves, too, if it had the time.
        assert.ok(code === 0 || code === whole.code, `${code}`);
        assert.equal(text, /^.*\n/.exec(whole.text)?.[0] ?? "");
        assert.equal(text.includes("\x1b"), false);
      });
    }

    it("nothing is cut, not even where COLUMNS is set", () => {
      const wide = inShell(`${JOBTRACE} inspect ${CHARGE} | cat`, { COLUMNS: "40" });
      assert.equal(wide.text, inShell(`${JOBTRACE} inspect ${CHARGE} --width=none`).text);
      assert.equal(wide.text.includes("…"), false);
    });

    it("colour is only where it is asked for", () => {
      const list = `${JOBTRACE} list`;
      for (const [command, env, isColoured] of [
        [list, {}, false],
        [list, { FORCE_COLOR: "1" }, true],
        [list, { CLICOLOR_FORCE: "1" }, true],
        [list, { CLICOLOR_FORCE: "0" }, false],
        [list, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
        [`${list} --color=always`, { NO_COLOR: "1" }, true],
        [`${list} --color=never`, { FORCE_COLOR: "1" }, false],
        [`${list} --json --color=always`, {}, false],
      ] as const)
        assert.equal(
          inShell(`${command} | cat`, env).text.includes("\x1b["),
          isColoured,
          `${command} ${JSON.stringify(env)}`,
        );
    });

    it("a closed or a full output is told in a sentence, if at all", () => {
      assert.deepEqual(inShell(`${JOBTRACE} list >&-`), { code: 0, text: "", err: "" });
      const full = inShell(`${JOBTRACE} list > /dev/full`);
      assert.equal(full.code, 4);
      assert.match(full.err, /^jobtrace: .*no space left on device.*\n$/i);
    });
  });

  describe("on a terminal", () => {
    before(needsScript);

    it("lines fit it, and are coloured unless they must not be", () => {
      const shown = onTerminal(`${JOBTRACE} inspect ${CHARGE} --no-pager`).text;
      assert.ok(shown.includes("\x1b[1mChargeJob\x1b[22m"));
      // oxlint-disable-next-line no-control-regex
      for (const line of shown.replace(/\x1b\[[\d;]*m/g, "").split("\n"))
        assert.ok(displayWidth(line) <= 80, line);
      for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }])
        assert.equal(onTerminal(`${JOBTRACE} list --no-pager`, env).text.includes("\x1b"), false);
    });

    it("signs are ASCII where the locale is not UTF-8", () => {
      const { text } = onTerminal(`${JOBTRACE} inspect ${OTHER} --no-pager`, { LANG: "C" });
      assert.match(text, /State: .*failed x/);
      assert.equal(/\P{ASCII}/u.test(text), false);
    });

    it("jobtrace alone prints the short help and exits 2; an id needs no verb; show and ls", () => {
      const alone = onTerminal(JOBTRACE);
      assert.equal(alone.code, 2);
      assert.ok(alone.text.trimEnd().split("\n").length <= 12, alone.text);
      for (const name of Object.keys(COMMANDS))
        assert.ok(alone.text.includes(name.split(" ", 1)[0] ?? name), name);
      const [inspect, show, bare] = ["inspect ", "show ", ""].map(
        (verb) => inShell(`${JOBTRACE} ${verb}${CHARGE}`).text,
      );
      assert.deepEqual([show, bare], [inspect, inspect]);
      assert.equal(inShell(`${JOBTRACE} ls`).text, inShell(`${JOBTRACE} list`).text);
    });
  });

  describe("with a pager", () => {
    before(needsScript);
    let count = 0;
    /** A pager that writes what it is given, and $LESS, to a file. */
    const pager = (): {
      readonly env: Record<string, string>;
      readonly seen: () => string | undefined;
    } => {
      const file = join(folder, `paged-${count++}`);
      return {
        env: { JOBTRACE_PAGER: `(echo "LESS=$LESS"; cat) > ${file}` },
        seen: () => (existsSync(file) ? readFileSync(file, "utf8") : undefined),
      };
    };

    it("what is longer than the screen goes through it, whole and coloured", () => {
      const { env, seen } = pager();
      const { code, text } = onTerminal(`${JOBTRACE} inspect ${CHARGE}`, env);
      assert.deepEqual([code, text], [0, ""]);
      const direct = onTerminal(`${JOBTRACE} inspect ${CHARGE} --no-pager`).text;
      assert.equal(seen(), `LESS=FRX\n${direct}`);
    });

    it("what fits the screen does not", () => {
      const { env, seen } = pager();
      const { code, text } = onTerminal(`${JOBTRACE} inspect ${CHARGE}`, env, { rows: 60 });
      assert.equal(code, 0);
      assert.match(text, /ChargeJob/);
      assert.equal(seen(), undefined);
    });

    it("is not for pipes, --json, --no-pager, what goes on, or a dumb terminal", () => {
      for (const [command, more] of [
        [`${JOBTRACE} inspect ${CHARGE} | cat`, {}],
        [`${JOBTRACE} inspect ${CHARGE} --json`, {}],
        [`${JOBTRACE} inspect ${CHARGE} --no-pager`, {}],
        [`${JOBTRACE} tail --until=1s -n 50`, {}],
        [`${JOBTRACE} inspect ${CHARGE} --follow`, {}],
        [`${JOBTRACE} inspect ${CHARGE}`, { TERM: "dumb" }],
      ] as const) {
        const { env, seen } = pager();
        const { text } = onTerminal(command, { ...env, ...more });
        assert.equal(seen(), undefined, command);
        assert.ok(text.split("\n").length > 12, command);
      }
      for (const value of ["", "cat"]) {
        const { text } = onTerminal(`${JOBTRACE} inspect ${CHARGE}`, { JOBTRACE_PAGER: value });
        assert.match(text, /ChargeJob/);
      }
    });

    it("LESS is the reader's where it is set, even to nothing", () => {
      for (const value of ["S", ""]) {
        const { env, seen } = pager();
        onTerminal(`${JOBTRACE} inspect ${CHARGE}`, { ...env, LESS: value });
        assert.match(seen() ?? "", new RegExp(`^LESS=${value}\n`));
      }
    });

    it("JOBTRACE_PAGER goes before PAGER, that before less; one that is not there is none", () => {
      const { env, seen } = pager();
      onTerminal(`${JOBTRACE} inspect ${CHARGE}`, { ...env, PAGER: "false" });
      assert.notEqual(seen(), undefined);
      const second = pager();
      const { JOBTRACE_PAGER: command = "" } = second.env;
      onTerminal(`${JOBTRACE} inspect ${CHARGE}`, { PAGER: command });
      assert.notEqual(second.seen(), undefined);
      const bin = join(folder, "bin");
      spawnSync("mkdir", ["-p", bin]);
      writeFileSync(join(bin, "less"), `#!/bin/sh\ncat > ${folder}/less-was-here\n`, {
        mode: 0o755,
      });
      onTerminal(`${JOBTRACE} help serve`, { PATH: `${bin}:${process.env["PATH"] ?? ""}` });
      assert.match(readFileSync(join(folder, "less-was-here"), "utf8"), /^jobtrace serve/);
      const { code, text } = onTerminal(`${JOBTRACE} inspect ${CHARGE}`, {
        PAGER: "/nowhere/p -x",
      });
      assert.equal(code, 0);
      assert.match(text, /ChargeJob/);
    });

    it("that is left early ends the command silently with 0", () => {
      const { code, text } = onTerminal(`${JOBTRACE} list --limit=0`, {
        JOBTRACE_PAGER: "head -n 1",
      });
      assert.equal(code, 0);
      assert.equal(text.split("\n").length, 2);
    });

    it("keeps notes until it is left", () => {
      const { text } = onTerminal(`${JOBTRACE} list --arg=1; true`, {
        JOBTRACE_PAGER: "sed s/^/P/",
      });
      assert.equal(text.includes("Pjobtrace:"), false);
    });

    it("less is one", function () {
      if (spawnSync("less", ["--version"]).status !== 0) this.skip();
      const { code, text } = onTerminal(`${JOBTRACE} inspect ${CHARGE}`, {}, { keys: "q" });
      assert.equal(code, 0);
      assert.match(text, /ChargeJob/);
      assert.equal(text.includes("Effects:"), false);
    });
  });
});
