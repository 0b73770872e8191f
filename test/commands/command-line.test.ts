import assert from "node:assert/strict";
import { nearest, parseCommandLine } from "../../src/commands/command-line.js";
import { UsageError } from "../../src/commands/usage-error.js";

const OPTIONS = {
  json: { takes: "flag" },
  width: { takes: "text" },
  color: { takes: "text" },
  quiet: { takes: "flag", short: "q" },
  graph: { takes: "optional", alone: "tree" },
} as const;

describe("parseCommandLine()", () => {
  it("takes --x=y and --x y, options after arguments, and -- to end them", () => {
    const line = parseCommandLine(
      ["a", "--width=3", "--color", "never", "-q", "--", "--json"],
      OPTIONS,
    );
    assert.deepEqual(
      [line.text("width"), line.text("color"), line.flag("quiet"), line.flag("json")],
      ["3", "never", true, false],
    );
    assert.deepEqual(line.positionals, ["a", "--json"]);
  });

  const graphs: readonly (readonly [readonly string[], string | undefined, readonly string[]])[] = [
    [["a"], undefined, ["a"]],
    [["--graph", "a"], "tree", ["a"]],
    [["a", "--graph"], "tree", ["a"]],
    [["a", "--graph=dot"], "dot", ["a"]],
    [["--graph=", "a"], "", ["a"]],
    [["--graph=dot", "--graph"], "tree", []],
    [["a", "--", "--graph"], undefined, ["a", "--graph"]],
  ];
  for (const [args, value, positionals] of graphs) {
    it(`takes an option whose value may be left out: ${args.join(" ")}`, () => {
      const line = parseCommandLine(args, OPTIONS);
      assert.equal(line.text("graph"), value);
      assert.deepEqual(line.positionals, positionals);
    });
  }

  it("does not take an option with an optional value for the value of another", () => {
    assert.throws(
      () => parseCommandLine(["--width", "--graph"], OPTIONS),
      (error: Error) => error instanceof UsageError && /--width/.test(error.message),
    );
    assert.throws(
      () => parseCommandLine(["--graph=pie"], OPTIONS).choice("graph", ["tree", "dot"]),
      /--graph=pie is not one of tree, dot/,
    );
  });

  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [["--jsn"], /unknown option --jsn: did you mean --json\?/],
    [["--colour=never"], /unknown option --colour: did you mean --color\?/],
    [["--nothing-like-it"], /^unknown option --nothing-like-it$/],
    [["-x"], /unknown option -x/],
    [["--json=yes"], /--json/],
    [["--width"], /--width/],
  ];
  for (const [args, message] of mistakes) {
    it(`says what is wrong with ${args.join(" ")}`, () => {
      assert.throws(
        () => parseCommandLine(args, OPTIONS),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }

  it("refuses a word or a number that is none, by name", () => {
    const line = parseCommandLine(["--color=pink", "--width=wide"], OPTIONS);
    assert.throws(
      () => line.choice("color", ["auto", "never"]),
      /--color=pink is not one of auto, never/,
    );
    assert.throws(() => line.count("width"), /--width=wide is not a whole number/);
  });
});

describe("nearest()", () => {
  it("finds the word that a typo meant, and none for another word", () => {
    assert.equal(nearest("inspct", ["serve", "inspect"]), "inspect");
    assert.equal(nearest("banana", ["serve", "inspect"]), undefined);
  });
});
