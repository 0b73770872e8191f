import assert from "node:assert/strict";
import { exampleRequest } from "../../example-job.js";
import { exportLines, exportText } from "../../exported-jobs.js";
import { assertGolden } from "../../golden.js";
import { requestOf, sidekiqAttributes } from "../../otlp-request.js";
import { recordedRuns } from "../../recorded-runs.js";
import { jidsOf, storedRequests, storedRun } from "../../stored-runs.js";

/** Lines between the fence and its end, and those around. */
function parts(lines: readonly string[]): {
  readonly inside: readonly string[];
  readonly outside: readonly string[];
} {
  const begin = lines.findIndex((line) => /^`{3,}text$/.test(line));
  assert.ok(begin > 0);
  const fence = (lines[begin] ?? "").replace("text", "");
  const end = lines.findIndex(
    (line, at) => at > begin && /^`+$/.test(line) && line.length >= fence.length,
  );
  assert.ok(end > begin, "the fence is closed");
  return {
    inside: lines.slice(begin + 1, end),
    outside: [...lines.slice(0, begin), ...lines.slice(end + 1)],
  };
}

describe("export as md", () => {
  it("of the example is this file", async () => {
    const reader = await storedRequests(exampleRequest());
    assertGolden("export-md.txt", await exportText("md", reader, ["abc123"]));
  });

  for (const { name } of recordedRuns()) {
    it(`${name}: every job's timeline stands in one fence`, async () => {
      const reader = await storedRun(name);
      for (const jid of await jidsOf(reader)) {
        const { inside, outside } = parts(await exportLines("md", reader, [jid]));
        assert.match(inside[0] ?? "", /^Job: /);
        assert.ok(outside.every((line) => !line.startsWith("`")));
      }
    });
  }

  it("has a fence that no text of a span can close", async () => {
    const reader = await storedRequests(
      requestOf([
        {
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "b7ad6b7169203331",
          name: "default process",
          kind: 5,
          start: 1_772_529_242_000_000_000n,
          end: 1_772_529_242_100_000_000n,
          attributes: sidekiqAttributes("8f3c1d0a9b7e4c2d51f0a6e3", "A"),
          error: { type: "E`````", message: "\n``````\n# <script>alert(1)</script>\n" },
        },
      ]),
    );
    const { inside, outside } = parts(
      await exportLines("md", reader, ["8f3c1d0a9b7e4c2d51f0a6e3"]),
    );
    assert.ok(inside.some((line) => line.includes("`````")));
    for (const line of outside) assert.doesNotMatch(line, /<script>|(?<!\\)`{3}/);
  });
});
