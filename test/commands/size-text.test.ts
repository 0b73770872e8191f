/** Sizes as they are printed, by table. */
import assert from "node:assert/strict";
import { sizeText } from "../../src/commands/size-text.js";

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
