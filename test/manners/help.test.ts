/** What every command's help must be like, and every topic's: over the registry, so that a new command is held to it too. */
import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { COMMON_OPTIONS } from "../../src/commands/command.js";
import { type OptionSpec, parseCommandLine } from "../../src/commands/command-line.js";
import { COMMANDS, wordsOfGroup } from "../../src/commands/registry.js";
import { TOPICS } from "../../src/commands/topics/topics.js";
import { displayWidth } from "../../src/jobscope/inspect/layout.js";
import { jobtrace } from "../end-to-end/serve-process.js";
import { temporaryFolder } from "../temporary-folder.js";

const WIDTH_MAX = 100;
/** A screen, of which a prompt takes some lines. The initializer that the topic ruby shows is longer. */
const TOPIC_LINES_MAX = 36;

async function optionsOf(name: string): Promise<Readonly<Record<string, OptionSpec>>> {
  const { options } = (await COMMANDS[name]?.load()) ?? assert.fail(`no command ${name}`);
  return { ...options, ...COMMON_OPTIONS };
}

/** Of a group, whose commands share a help: those of all. */
async function optionsOfHelp(name: string): Promise<Readonly<Record<string, OptionSpec>>> {
  const [group = name] = name.split(" ");
  const names = wordsOfGroup(group).map((word) => `${group} ${word}`);
  const all = await Promise.all([name, ...names].map(optionsOf));
  return Object.assign({}, ...all) as Readonly<Record<string, OptionSpec>>;
}

/** `  -q, --quiet   no notes` and `  --store=DIR, --width, --color: as for inspect`. */
function optionsNamed(help: string): readonly string[] {
  return help.split("\n").flatMap((line) => {
    const [, head = ""] = /^ {2}(-.*?)(?: {2,}.*)?$/.exec(line) ?? [];
    return [...head.matchAll(/(?<![\w-])--([\w-]+)/g)].map(([, name = ""]) => name);
  });
}

describe("the help of every command", function () {
  this.timeout(60_000);

  for (const [name, { load }] of Object.entries(COMMANDS)) {
    describe(name, () => {
      it("fits a narrow window and begins with examples", async () => {
        const { help } = await load();
        const lines = help.trimEnd().split("\n");
        const heading = lines.slice(0, lines.indexOf(""));
        for (const line of heading) assert.match(line, /^jobtrace [a-z]+.*: \S/);
        const example = lines[heading.length + 1] ?? "";
        assert.match(example, /^ {2}(?:\S.*)?\bjobtrace\b/, "an example comes first");
        for (const line of lines) assert.ok(displayWidth(line) <= WIDTH_MAX, line);
        assert.deepEqual(
          lines.filter((line) => line.trimEnd() !== line),
          [],
        );
      });

      it("names no option that is not taken, and leaves none out", async () => {
        const { help } = await load();
        const known = await optionsOfHelp(name);
        for (const option of optionsNamed(help)) {
          const spec = Object.hasOwn(known, option) ? known[option] : undefined;
          assert.ok(spec, `--${option} is in the help and not taken`);
          const word = spec.takes === "text" ? `--${option}=x` : `--${option}`;
          assert.doesNotThrow(() => parseCommandLine([word], known));
        }
        const common = Object.keys(COMMON_OPTIONS);
        const unnamed = Object.keys(await optionsOf(name)).filter(
          (option) => !common.includes(option) && !help.includes(`--${option}`),
        );
        assert.deepEqual(unnamed, [], "taken and not in the help");
      });

      it("is what --help, -h and jobtrace help print; a misspelt option names the nearest", async () => {
        const { help } = await load();
        const words = name.split(" ");
        for (const args of [
          [...words, "--help"],
          [...words, "-h"],
          ["help", ...words],
        ]) {
          const { code, stdout, stderr } = await jobtrace(args);
          assert.deepEqual([code, stdout, stderr], [0, `${help.trimEnd()}\n`, ""], args.join(" "));
        }
        const wrong = await jobtrace([...words, "--hepl"]);
        assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
        assert.equal(wrong.stderr, "jobtrace: unknown option --hepl: did you mean --help?\n");
      });

      it("names the nearest for every option with a letter too many", async () => {
        const known = await optionsOf(name);
        for (const option of Object.keys(known))
          assert.throws(() => parseCommandLine([`--${option}x`], known), {
            message: `unknown option --${option}x: did you mean --${option}?`,
          });
      });
    });
  }
});

describe("the topics of help", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  for (const [topic, text] of Object.entries(TOPICS)) {
    it(`${topic} fits a screen and is ASCII`, () => {
      const lines = text().split("\n");
      assert.ok(topic === "ruby" || lines.length <= TOPIC_LINES_MAX, `${lines.length} lines`);
      for (const line of lines) {
        assert.match(line, /^[\x20-\x7e]*$/);
        assert.ok(line.length <= WIDTH_MAX, line);
      }
    });
  }

  it("are listed by the short help, and a wrong one names the nearest", async () => {
    const { stdout } = await jobtrace(["help"]);
    for (const topic of Object.keys(TOPICS)) assert.ok(stdout.includes(topic), topic);
    for (const [wrong, near] of [
      ["privcy", "privacy"],
      ["exit-code", "exit-codes"],
      ["rule", "rules"],
      ["inspct", "inspect"],
    ] as const) {
      const { code, stderr } = await jobtrace(["help", wrong]);
      assert.deepEqual(
        [code, stderr],
        [2, `jobtrace: no help on ${wrong}: did you mean ${near}?\n`],
      );
    }
  });

  it("privacy says truly who may read the files", async () => {
    const text = TOPICS["privacy"]?.() ?? "";
    assert.match(text, /folders 0700, files 0600/);
    const store = join(folder(), "store");
    mkdirSync(folder(), { recursive: true });
    const run = "test/fixtures/runs/shop-link-full/001.pb.gz";
    assert.equal((await jobtrace(["import", run, `--store=${store}`])).code, 0);
    assert.equal(statSync(store).mode & 0o777, 0o700);
    assert.equal(statSync(join(store, "log")).mode & 0o777, 0o700);
    assert.equal(statSync(join(store, "log/0000000000000000.jlog")).mode & 0o777, 0o600);
  });
});
