/** What is kept, by what was asked for. */
import assert from "node:assert/strict";
import { limitsText, RETENTION } from "../../../src/commands/settings/retention-setting.js";
import { originText } from "../../../src/commands/settings/setting.js";
import { UsageError } from "../../../src/commands/usage-error.js";
import { asked } from "./settings-of.js";

function chosen(args: readonly string[], retention?: string, file?: unknown): string {
  const env: Record<string, string> =
    retention === undefined ? {} : { JOBTRACE_RETENTION: retention };
  const { value, origin } = RETENTION.choose(...asked({ args, env, file }));
  return `${limitsText(value)} (${originText(origin)})`;
}

describe("retention", () => {
  for (const [args, env, expected] of [
    [[], undefined, "30d, 20 GB (default)"],
    [[], "", "30d, 20 GB (default)"],
    [["--keep=7d"], undefined, "7d, 20 GB (flag --keep)"],
    [["--keep-size=1GB"], undefined, "30d, 1 GB (flag --keep-size)"],
    [["--keep=forever"], undefined, "forever (flag --keep)"],
    [["--keep=forever", "--keep-size=5GB"], undefined, "5 GB (flag --keep)"],
    [[], "7d,5GB", "7d, 5 GB (env JOBTRACE_RETENTION)"],
    [[], "5GB, 7d", "7d, 5 GB (env JOBTRACE_RETENTION)"],
    [[], "5GB", "30d, 5 GB (env JOBTRACE_RETENTION)"],
    [[], "forever", "forever (env JOBTRACE_RETENTION)"],
    [["--keep=1h"], "7d,5GB", "1h, 20 GB (flag --keep)"],
  ] as const) {
    it(`keeps ${expected} for ${JSON.stringify([args, env])}`, () => {
      assert.equal(chosen(args, env), expected);
    });
  }

  for (const [file, expected] of [
    [{ retention: { max_age: "7d", max_bytes: "5GB" } }, "7d, 5 GB (file ./jobtrace.json)"],
    [{ retention: { max_bytes: 1_000_000_000 } }, "30d, 1 GB (file ./jobtrace.json)"],
    [{ retention: { max_age: "forever" } }, "forever (file ./jobtrace.json)"],
    [{ retention: "7d,5GB" }, "7d, 5 GB (file ./jobtrace.json)"],
    [{}, "30d, 20 GB (default)"],
  ] as const) {
    it(`keeps ${expected} for the file ${JSON.stringify(file)}`, () => {
      assert.equal(chosen([], undefined, file), expected);
      assert.equal(chosen(["--keep=1h"], undefined, file), "1h, 20 GB (flag --keep)");
      assert.equal(chosen([], "5GB", file), "30d, 5 GB (env JOBTRACE_RETENTION)");
    });
  }

  for (const [args, env, message] of [
    [["--keep=30"], undefined, "--keep=30 is not a length of time: write it like 30d, 12h or 90m"],
    [["--keep="], undefined, "--keep= is not a length of time: write it like 30d, 12h or 90m"],
    [
      ["--keep-size=lots"],
      undefined,
      "--keep-size=lots is not a size: write it like 64MiB or 20GB",
    ],
    [[], "7 days", "JOBTRACE_RETENTION=7 days is not a size: write it like 64MiB or 20GB"],
    [[], "1GB,2GB", "JOBTRACE_RETENTION=1GB,2GB is not of the form 30d,20GB"],
    [[], "1d,", "JOBTRACE_RETENTION=1d, is not of the form 30d,20GB"],
  ] as const) {
    it(`refuses ${JSON.stringify([args, env])}: ${message}`, () => {
      assert.throws(() => chosen(args, env), new UsageError(message));
    });
  }

  it("names the file and the key of what it refuses", () => {
    assert.throws(
      () => chosen([], undefined, { retention: { max_age: "7 days" } }),
      new UsageError(
        "./jobtrace.json: retention.max_age=7 days is not a length of time: write it like 30d, 12h or 90m",
      ),
    );
  });
});
