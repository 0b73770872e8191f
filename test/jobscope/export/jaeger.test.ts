import assert from "node:assert/strict";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { exportedJob, exportText } from "../../exported-jobs.js";
import { assertGolden } from "../../golden.js";
import { assertKeepsSchema, keepsSchema } from "../../json-schema.js";
import { recordedRuns } from "../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../stored-runs.js";
import { exampleRequest } from "../../example-job.js";

interface Upload {
  readonly data: readonly {
    readonly traceID: string;
    readonly spans: readonly JaegerSpan[];
    readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
  }[];
}

interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly startTime: number;
  readonly duration: number;
  readonly processID: string;
  readonly references: readonly {
    readonly refType: string;
    readonly traceID: string;
    readonly spanID: string;
  }[];
  readonly tags: readonly {
    readonly key: string;
    readonly type: string;
    readonly value: unknown;
  }[];
}

async function upload(reader: JobStoreReader, jids: readonly string[]): Promise<Upload> {
  const upload = JSON.parse(await exportText("jaeger", reader, jids)) as Upload;
  assertKeepsSchema("jaeger-upload", upload);
  return upload;
}

describe("export as jaeger", () => {
  for (const { name } of recordedRuns()) {
    it(`${name}: every job is one trace to Jaeger's shape, under its own id, with all its spans`, async () => {
      const reader = await storedRun(name);
      const jids = await jidsOf(reader);
      const { data } = await upload(reader, jids);
      assert.equal(data.length, jids.length);
      for (const [at, { traceID, spans, processes }] of data.entries()) {
        const jid = jids[at] ?? "";
        const { job, attempts, completeness } = await documentOf(reader, jid);
        assert.equal(traceID, job.ids.job_trace_id);
        const ids = new Set(spans.map(({ spanID }) => spanID));
        assert.equal(ids.size, spans.length, "no span twice");
        const own = await (await exportedJob(reader, jid)).ownSpans();
        const kept = spans.filter(({ tags }) =>
          tags.some(({ key }) => key === "jobtrace.original.span_id"),
        );
        assert.equal(kept.length, own.size);
        const jobSpan = jobSpanOf(spans) ?? assert.fail("the job has a span of its own");
        for (const attempt of attempts) {
          const top = spans.find(({ spanID }) => spanID === attempt.root_span_id);
          if (top !== undefined) assert.equal(top.references[0]?.spanID, jobSpan.spanID);
        }
        for (const { references, processID } of spans) {
          assert.ok(processes[processID], "its process is there");
          const parent = references.find(({ refType }) => refType === "CHILD_OF");
          if (parent !== undefined && completeness.missing_parents === 0)
            assert.ok(ids.has(parent.spanID), `parent ${parent.spanID} is there`);
        }
      }
    });
  }

  it("follows a link to a span of the job inside its trace", async () => {
    const reader = await storedRun("shop-link-full");
    const { data } = await upload(reader, ["12c0218bd14de9ead7416414"]);
    const followed = data.flatMap(({ traceID, spans }) =>
      spans.flatMap(({ references }) =>
        references
          .filter(({ refType }) => refType === "FOLLOWS_FROM")
          .map(({ traceID: to, spanID }) => [
            to === traceID,
            spans.some((each) => each.spanID === spanID),
          ]),
      ),
    );
    // The pushes of its retries were not received.
    assert.deepEqual(followed, [
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it("of the example is this file", async () => {
    const reader = await storedRequests(exampleRequest());
    assertGolden("export-jaeger.txt", await exportText("jaeger", reader, await jidsOf(reader)));
  });

  it("is checked by a schema that refuses other shapes", () => {
    assert.equal(keepsSchema("jaeger-upload", { data: [] }), false);
    assert.equal(keepsSchema("jaeger-upload", { resourceSpans: [] }), false);
  });
});

function jobSpanOf(spans: readonly JaegerSpan[]): JaegerSpan | undefined {
  return spans.find(
    ({ tags, references }) =>
      references.length === 0 && tags.some(({ key }) => key === "job.state"),
  );
}
