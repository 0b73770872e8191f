/** Sizes in options, by table. */
import assert from "node:assert/strict";
import { parseSize, sizeText } from "../../src/commands/size.js";

describe("parseSize()", () => {
  for (const [text, bytes] of [
    ["20GB", 20e9],
    ["20GiB", 20 * 2 ** 30],
    ["500MB", 500e6],
    ["512 MiB", 512 * 2 ** 20],
    ["1kB", 1000],
    ["1KiB", 1024],
    ["2tb", 2e12],
    ["1TiB", 2 ** 40],
    ["123456", 123_456],
    ["1B", 1],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(parseSize(text), { kind: "size", bytes }));
  }

  for (const text of [
    "",
    "GB",
    "0GB",
    "-1GB",
    "1.5GB",
    "20G",
    "20XB",
    "1e9",
    "9999999TiB",
    "constructor",
  ]) {
    it(`names ${JSON.stringify(text)} and what is expected`, () => {
      assert.deepEqual(parseSize(text), {
        kind: "malformed",
        reason: `${text} is not a size such as 20GB, 500MB or 20GiB`,
      });
    });
  }
});

describe("sizeText()", () => {
  for (const [bytes, shown] of [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1234, "1.23 kB"],
    [999_499, "999 kB"],
    [999_500, "1 MB"],
    [93_100_000, "93.1 MB"],
    [20e9, "20 GB"],
    [20 * 2 ** 30, "21.5 GB"],
    [2.5e12, "2.5 TB"],
  ] as const) {
    it(`writes ${bytes} as ${shown}`, () => assert.equal(sizeText(bytes), shown));
  }
});
