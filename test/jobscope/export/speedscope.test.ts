import assert from "node:assert/strict";
import { exampleRequest } from "../../example-job.js";
import { exportText } from "../../exported-jobs.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { recordedRuns } from "../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../stored-runs.js";

interface Speedscope {
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly Profile[];
}

interface Profile {
  readonly name: string;
  readonly startValue: number;
  readonly endValue: number;
  readonly events: readonly {
    readonly type: "O" | "C";
    readonly at: number;
    readonly frame: number;
  }[];
}

/** What speedscope asserts when it reads one. */
function assertBalanced({ name, startValue, endValue, events }: Profile): void {
  const open: number[] = [];
  let time = startValue;
  for (const { type, at, frame } of events) {
    assert.ok(at >= time, `${name}: ${at} comes after ${time}`);
    time = at;
    if (type === "O") open.push(frame);
    else assert.equal(open.pop(), frame, `${name}: what was opened last closes first`);
  }
  assert.deepEqual(open, []);
  assert.ok(time <= endValue);
}

describe("export as speedscope", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: profiles are balanced and in order, and have every step that took time`, async () => {
      const reader = await storedRun(name);
      const jids = await jidsOf(reader);
      const file = JSON.parse(await exportText("speedscope", reader, jids)) as Speedscope;
      assertKeepsSchema("speedscope", file);
      const { profiles, shared } = file;
      for (const profile of profiles) {
        assertBalanced(profile);
        for (const { frame } of profile.events) assert.ok(shared.frames[frame], String(frame));
      }
      assert.equal(new Set(shared.frames.map((frame) => frame.name)).size, shared.frames.length);
      for (const jid of jids) {
        const { attempts } = await documentOf(reader, jid);
        const opened = profiles
          .filter((profile) => profile.name.includes(jid))
          .flatMap(({ events }) => events.filter(({ type }) => type === "O"));
        const timed = attempts.flatMap(({ steps }) =>
          steps.filter(({ duration_ns: duration }) => duration !== null),
        );
        assert.equal(opened.length, timed.length + attempts.length);
      }
    });
  }

  it("of the example is this file", async () => {
    const reader = await storedRequests(exampleRequest());
    assertGolden(
      "export-speedscope.txt",
      await exportText("speedscope", reader, await jidsOf(reader)),
    );
  });
});
