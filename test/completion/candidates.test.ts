/** What completion offers, over every command there is: a new one is covered by being in the registry. */
import assert from "node:assert/strict";
import { completionOf } from "../../src/commands/completion/candidates.js";
import { optionTexts } from "../../src/commands/completion/option-texts.js";
import { createStoredWords } from "../../src/commands/completion/stored-words.js";
import { COMMON_OPTIONS } from "../../src/commands/command.js";
import type { OptionSpec } from "../../src/commands/command-line.js";
import { COMMANDS } from "../../src/commands/registry.js";
import { requestOf, sidekiqAttributes } from "../otlp-request.js";
import { storedRequests, storedRun } from "../stored-runs.js";

async function ask(...words: readonly string[]): Promise<readonly string[]> {
  const reader = await storedRun("shop-link-full");
  const completion = await completionOf(
    words,
    createStoredWords(() => reader),
  );
  return completion.kind === "words"
    ? completion.candidates.map(({ word }) => word)
    : [completion.kind];
}

function allOptions(
  options: Readonly<Record<string, OptionSpec>>,
): Readonly<Record<string, OptionSpec>> {
  return { ...options, ...COMMON_OPTIONS };
}

describe("completionOf()", () => {
  for (const [name, { load, alias }] of Object.entries(COMMANDS)) {
    it(`offers ${name}, each of its options, and each of their values`, async () => {
      const { options } = await load();
      const words = name.split(" ");
      assert.ok((await ask(...words)).includes(words.at(-1) ?? ""), "the command itself");
      if (alias !== undefined) assert.ok((await ask(alias)).includes(alias));
      const offered = await ask(...words, "-");
      for (const [option, spec] of Object.entries(allOptions(options))) {
        const word = spec.takes === "text" ? `--${option}=` : `--${option}`;
        assert.ok(offered.includes(word), `${word} of ${name}`);
        const { offers } = spec;
        if (typeof offers !== "object") continue;
        const values = await ask(...words, `--${option}=`);
        assert.deepEqual(
          values,
          offers.map((value) => `--${option}=${value}`),
        );
        if (spec.takes === "text")
          assert.deepEqual(await ask(...words, `--${option}`, ""), [...offers]);
      }
    });
  }

  it("offers one line for a group, and what it holds behind it", async () => {
    assert.deepEqual(await ask("sto"), ["store"]);
    assert.deepEqual(await ask("store", ""), ["info", "verify", "prune"]);
  });

  it("offers no aliases beside their commands until one is typed", async () => {
    assert.ok(!(await ask("")).includes("ls"));
    assert.deepEqual(await ask("ls"), ["ls"]);
  });

  it("offers what is left of values with commas", async () => {
    assert.deepEqual(await ask("inspect", "--only=db,http,r"), ["--only=db,http,redis"]);
    assert.deepEqual(await ask("list", "--state", "failed,qu"), ["failed,queued"]);
  });

  it("offers words and no options behind --", async () => {
    assert.deepEqual(await ask("inspect", "--", "--j"), []);
    assert.deepEqual(await ask("import", "--", ""), ["files"]);
  });

  it("takes an id without a verb for inspect", async () => {
    assert.deepEqual(await ask("12c0218bd14de9ead7416414", "--exit"), ["--exit-status"]);
  });

  it("offers the newest 50 jobs, newest first, and classes and queues of more", async () => {
    const spans = Array.from({ length: 60 }, (_, at) => ({
      traceId: (at + 1).toString(16).padStart(32, "0"),
      spanId: (at + 1).toString(16).padStart(16, "0"),
      name: "process",
      kind: 5,
      start: BigInt(at) * 1_000_000_000n,
      end: BigInt(at) * 1_000_000_000n + 5n,
      attributes: sidekiqAttributes(`j${at}`, `Job${at % 7}`),
    }));
    const reader = await storedRequests(requestOf(spans));
    const stored = createStoredWords(() => reader);
    const jobs = await stored.jobs("");
    assert.deepEqual(
      jobs.map(({ word }) => word),
      Array.from({ length: 50 }, (_, at) => `j${59 - at}`),
    );
    assert.deepEqual(
      (await stored.classes("")).map(({ word }) => word),
      Array.from({ length: 7 }, (_, at) => `Job${at}`),
    );
    assert.equal((await stored.queues("")).length, 1);
  });

  it("offers nothing from spans that a shell would take for more than a word", async () => {
    const jids = ["$(reboot)", "a;reboot", "`reboot`", "-rf", "a b", "a\nb", "a'b", "ok-1"];
    const spans = jids.map((jid, at) => ({
      traceId: (at + 1).toString(16).padStart(32, "0"),
      spanId: (at + 1).toString(16).padStart(16, "0"),
      name: "process",
      kind: 5,
      start: 1n,
      end: 5n,
      attributes: sidekiqAttributes(jid, jid),
    }));
    const reader = await storedRequests(requestOf(spans));
    const stored = createStoredWords(() => reader);
    for (const offered of [await stored.jobs(""), await stored.classes("")])
      assert.deepEqual(
        offered.map(({ word }) => word),
        ["ok-1"],
      );
  });
});

describe("optionTexts()", () => {
  it("reads what the help says of options with a value, with a short form and with neither", () => {
    const texts = optionTexts(`jobtrace x: y

  jobtrace x --json | jq .a
  --fold=3               one line
  --graph[=tree]         a graph
  -q, --quiet            no notes
  --store=DIR, --width, --color: as for inspect
  --bare
`);
    assert.deepEqual(
      [...texts],
      [
        ["fold", "one line"],
        ["graph", "a graph"],
        ["quiet", "no notes"],
      ],
    );
  });
});
