/**
 * What spans say never drives the terminal, forges a line or hides a part of one: every command of the registry, with each
 * of its options, over a store in which every text tries to.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../src/commands/registry.js";
import { COLOURED } from "../../src/jobscope/inspect/style.js";
import { jobtrace } from "../end-to-end/serve-process.js";
import { callsOf } from "./every-command.js";
import {
  FORGED,
  HOSTILE,
  HOSTILE_JID,
  hostileStore,
  LARGE_JID,
  largeStore,
} from "./hostile-store.js";
import { runHere } from "./run-here.js";

/** All but the line break: controls of 7 and of 8 bits, what turns text around or is not seen, separators of lines. */
const DANGEROUS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What our own colours are made of. */
const OURS = new Set(
  Object.values(COLOURED)
    .flatMap((paint) => paint("x").split("x"))
    .filter(Boolean),
);

function assertHarmless(text: string, what: string): void {
  for (const [at, line] of text.split("\n").entries()) {
    const found = DANGEROUS.exec(line);
    if (found !== null)
      assert.fail(
        `${what}, line ${at + 1}: ${JSON.stringify(line.slice(Math.max(0, found.index - 40), found.index + 40))}`,
      );
    assert.ok(!line.startsWith(FORGED), `${what}: a forged line ${at + 1}`);
  }
}

function withoutOurColours(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, (code) => (OURS.has(code) ? "" : code));
}

describe("hostile texts in spans", function () {
  this.timeout(120_000);
  let folder = "";
  let store = "";
  const jids = [HOSTILE_JID, `cdfe88074e477c7ce85aa689${HOSTILE}`] as const;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "jobtrace-hostile-"));
    store = await hostileStore(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("are there, and are shown as what they are", async () => {
    const { ended, out } = await runHere(["inspect", `--store=${store}`, "--logs", HOSTILE_JID]);
    assert.equal(ended, 0);
    for (const sign of ["\\x1b[31;7m", "\\x9b2J", "\\u{202e}", "\\x00", "é名前😀", "\\x0a"])
      assert.ok(out.includes(sign), `${sign} in ${out}`);
  });

  for (const name of Object.keys(COMMANDS)) {
    it(`drive nothing in ${name}`, async () => {
      for (const { args, isText } of await callsOf(name, store, jids)) {
        const { out, notes } = await runHere(args);
        const mayColour = isText && args.includes("--color=always");
        assertHarmless(mayColour ? withoutOurColours(out) : out, args.join(" "));
        assertHarmless(notes, `notes of ${args.join(" ")}`);
      }
    });

    it(`and letters beyond ASCII are escaped with --ascii in ${name}`, async () => {
      for (const { args, isText } of await callsOf(name, store, jids)) {
        if (!isText || !takes(name, "ascii")) continue;
        const at = args.indexOf("--");
        const ascii = args.toSpliced(at === -1 ? args.length : at, 0, "--ascii");
        const { out, notes } = await runHere(ascii);
        for (const line of `${withoutOurColours(out)}${notes}`.split("\n"))
          assert.match(line, /^[\x20-\x7e]*$/, ascii.join(" "));
      }
    });
  }

  const options = new Map<string, ReadonlySet<string>>();
  before(async () => {
    for (const [name, { load }] of Object.entries(COMMANDS))
      options.set(name, new Set(Object.keys((await load()).options)));
  });
  const takes = (name: string, option: string): boolean => options.get(name)?.has(option) === true;

  it("of a megabyte in every field are told by every command, in seconds", async () => {
    const large = await largeStore(folder);
    for (const name of Object.keys(COMMANDS))
      for (const { args, isText } of await callsOf(name, large, [LARGE_JID, LARGE_JID])) {
        // The others take the same texts the same ways.
        if (args.some((arg) => /^--(?:color|tz|time|only|attempt|sort|severity)=/.test(arg)))
          continue;
        const begin = performance.now();
        const { out } = await runHere(args);
        assertHarmless(isText ? withoutOurColours(out) : out, args.join(" "));
        const seconds = (performance.now() - begin) / 1000;
        assert.ok(seconds < 10, `${args.join(" ")} took ${seconds.toFixed(1)} s`);
      }
  });

  it("of the command line come back harmless in messages", async () => {
    for (const args of [
      ["inspect", HOSTILE, `--store=${store}`],
      [HOSTILE],
      ["inspect", `--${HOSTILE}`],
      ["list", `--class=${HOSTILE}`, `--store=${store}`],
      ["list", `--state=${HOSTILE}`],
      ["help", HOSTILE],
      ["list", `--store=${HOSTILE.replaceAll("\0", "")}`],
    ]) {
      const passed = args.map((arg) => arg.replaceAll("\0", ""));
      const { stdout, stderr } = await jobtrace(passed);
      assertHarmless(stdout, JSON.stringify(passed));
      assertHarmless(stderr, JSON.stringify(passed));
    }
  });
});
