/** Sizes in options, by table. */
import assert from "node:assert/strict";
import { byteSize } from "../../src/commands/byte-size.js";
import { UsageError } from "../../src/commands/usage-error.js";

describe("byteSize()", () => {
  for (const [text, bytes] of [
    ["20GB", 20e9],
    ["20GiB", 20 * 2 ** 30],
    ["1.5GB", 1.5e9],
    ["512 MiB", 512 * 2 ** 20],
    ["1kB", 1000],
    ["1KB", 1000],
    ["1KiB", 1024],
    ["2TB", 2e12],
    ["1TiB", 2 ** 40],
    ["123456", 123_456],
    ["1B", 1],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(byteSize(text, "--max-size"), bytes));
  }

  for (const text of [
    "",
    "GB",
    "0GB",
    "-1GB",
    "20G",
    "20gb",
    "20XB",
    "1e9",
    "0.1B",
    "9999999TiB",
    "1constructor",
  ]) {
    it(`names ${JSON.stringify(text)} and what is expected`, () => {
      assert.throws(
        () => byteSize(text, "--max-size"),
        new UsageError(`--max-size=${text} is not a size: write it like 64MiB or 20GB`),
      );
    });
  }
});
