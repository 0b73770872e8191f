/** What is kept, by what was asked for. */
import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/commands/command-line.js";
import { limitsText, retentionOf } from "../../src/commands/retention-options.js";
import { UsageError } from "../../src/commands/usage-error.js";

function chosen(args: readonly string[], retention?: string): string {
  const line = parseCommandLine(args, { keep: { takes: "text" }, "keep-size": { takes: "text" } });
  const { limits, origin } = retentionOf(
    line,
    retention === undefined ? {} : { JOBTRACE_RETENTION: retention },
  );
  return `${limitsText(limits)} (${origin})`;
}

describe("retentionOf()", () => {
  for (const [args, env, expected] of [
    [[], undefined, "30d, 20 GB (default)"],
    [[], "", "30d, 20 GB (default)"],
    [["--keep=7d"], undefined, "7d, 20 GB (option)"],
    [["--keep-size=1GB"], undefined, "30d, 1 GB (option)"],
    [["--keep=forever"], undefined, "forever (option)"],
    [["--keep=forever", "--keep-size=5GB"], undefined, "5 GB (option)"],
    [[], "7d,5GB", "7d, 5 GB (JOBTRACE_RETENTION)"],
    [[], "5GB, 7d", "7d, 5 GB (JOBTRACE_RETENTION)"],
    [[], "5GB", "30d, 5 GB (JOBTRACE_RETENTION)"],
    [[], "forever", "forever (JOBTRACE_RETENTION)"],
    [["--keep=1h"], "7d,5GB", "1h, 20 GB (option)"],
  ] as const) {
    it(`keeps ${expected} for ${JSON.stringify([args, env])}`, () => {
      assert.equal(chosen(args, env), expected);
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
});
