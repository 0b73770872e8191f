import assert from "node:assert/strict";
import { exampleRequest } from "../../example-job.js";
import { exportText } from "../../exported-jobs.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema } from "../../json-schema.js";
import { recordedRuns } from "../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../stored-runs.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";

interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  readonly ph: "X" | "i" | "s" | "f" | "M";
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: string;
}

async function events(
  reader: JobStoreReader,
  jids: readonly string[],
): Promise<readonly TraceEvent[]> {
  const file = JSON.parse(await exportText("chrome", reader, jids)) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  assertKeepsSchema("trace-event", file);
  return file.traceEvents;
}

function endOf({ ts, dur = 0 }: TraceEvent): number {
  return ts + dur;
}

/** As Perfetto reads them: by time, of those that begin together the longer one around the other. */
function assertNest(slices: readonly TraceEvent[]): void {
  const open: TraceEvent[] = [];
  for (const slice of [...slices].sort((a, b) => a.ts - b.ts || endOf(b) - endOf(a))) {
    for (let last = open.at(-1); last !== undefined && endOf(last) <= slice.ts; last = open.at(-1))
      open.pop();
    const around = open.at(-1);
    assert.ok(
      around === undefined || endOf(slice) <= endOf(around),
      `${slice.name} reaches out of ${around?.name}`,
    );
    open.push(slice);
  }
}

function assertArrows(all: readonly TraceEvent[]): number {
  const slices = all.filter(({ ph }) => ph === "X");
  const starts = all.filter(({ ph }) => ph === "s");
  const ends = new Map(all.filter(({ ph }) => ph === "f").map((each) => [each.id, each]));
  assert.equal(new Set(starts.map(({ id }) => id)).size, starts.length);
  assert.equal(ends.size, starts.length, "every arrow has both ends");
  for (const start of starts) {
    const end = ends.get(start.id) ?? assert.fail(start.id);
    for (const point of [start, end])
      assert.ok(
        slices.some(
          (slice) =>
            slice.pid === point.pid &&
            slice.tid === point.tid &&
            slice.ts <= point.ts &&
            point.ts <= endOf(slice),
        ),
        `the arrow ${start.id} stands on a slice`,
      );
  }
  return starts.length;
}

describe("export as chrome", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: slices nest on every track, arrows have two ends, no step is missing`, async () => {
      const reader = await storedRun(name);
      const jids = await jidsOf(reader);
      const all = await events(reader, jids);
      const tracks = new Map<string, TraceEvent[]>();
      for (const event of all.filter(({ ph }) => ph === "X")) {
        const key = `${event.pid}/${event.tid}`;
        tracks.set(key, [...(tracks.get(key) ?? []), event]);
      }
      for (const slices of tracks.values()) assertNest(slices);
      assertArrows(all);
      for (const [at, jid] of jids.entries()) {
        const { attempts } = await documentOf(reader, jid);
        const own = all.filter(({ pid, ph }) => pid === at + 1 && (ph === "X" || ph === "i"));
        const shown = own.filter(({ cat }) => cat !== "queue" && cat !== "backoff");
        assert.equal(
          shown.length,
          attempts.reduce((sum, { steps }) => sum + steps.length + 1, 0),
        );
        for (const { steps, number } of attempts)
          for (const { title } of steps)
            assert.ok(
              shown.some((event) => event.name === title),
              `${number}: ${title}`,
            );
      }
    });
  }

  it("draws an arrow from a job's enqueue to the job it enqueued", async () => {
    const reader = await storedRun("shop-link-full");
    const jids = await jidsOf(reader);
    const all = await events(reader, jids);
    const between = all.filter(({ ph, id = "" }) => ph === "s" && jids.includes(id));
    assert.ok(between.length > 0);
    for (const { id, pid } of between) {
      const end = all.find((event) => event.ph === "f" && event.id === id);
      assert.equal(jids[(end?.pid ?? 0) - 1], id);
      const { job } = await documentOf(reader, id ?? "");
      assert.ok(job.enqueued_by.some(({ jid }) => jid === jids[pid - 1]));
    }
  });

  it("of the example is this file", async () => {
    const reader = await storedRequests(exampleRequest());
    assertGolden("export-chrome.txt", await exportText("chrome", reader, await jidsOf(reader)));
  });
});
