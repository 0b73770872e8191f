import assert from "node:assert/strict";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { countDataPoints, countDataPointsOfJson } from "../../src/otlp/metric-count.js";
import { nested, utf8 } from "./wire-bytes.js";

describe("countDataPoints()", () => {
  it("counts what the official SDK sends, in protobuf and JSON", async () => {
    const metrics = await someMetrics();
    const expected = { kind: "counted", metrics: 4, dataPoints: 6 };
    const bytes = ProtobufMetricsSerializer.serializeRequest(metrics);
    assert.deepEqual(countDataPoints(bytes ?? new Uint8Array(0)), expected);
    const json = JsonMetricsSerializer.serializeRequest(metrics);
    assert.deepEqual(countDataPointsOfJson(json ?? new Uint8Array(0)), expected);
  });

  it("counts the points of each kind of metric, whatever stands beside them", () => {
    for (const kind of [5, 7, 9, 10, 11]) {
      const metric = nested(2, utf8(1, "jobs"), nested(kind, nested(1), nested(1, utf8(99, "x"))));
      const request = nested(1, nested(1), nested(2, nested(1), metric), utf8(3, "schema"));
      assert.deepEqual(countDataPoints(request), { kind: "counted", metrics: 1, dataPoints: 2 });
    }
    assert.deepEqual(countDataPoints(new Uint8Array(0)), {
      kind: "counted",
      metrics: 0,
      dataPoints: 0,
    });
  });

  it("names what is no request, and never throws", () => {
    assert.equal(countDataPoints(Buffer.of(0xff)).kind, "malformed");
    const cut = nested(1, nested(2, nested(2, nested(5, nested(1, utf8(1, "abc"))))));
    for (let end = 1; end < cut.length; end++)
      assert.equal(countDataPoints(cut.subarray(0, end)).kind, "malformed", `cut at ${end}`);
    for (const json of ["[", "[]", "7", "null"])
      assert.equal(countDataPointsOfJson(Buffer.from(json)).kind, "malformed", json);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        countDataPoints(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not take other JSON for points", () => {
    const odd = {
      resourceMetrics: [null, { scopeMetrics: {} }, { scopeMetrics: [{ metrics: 1 }] }],
    };
    assert.deepEqual(countDataPointsOfJson(Buffer.from(JSON.stringify(odd))), {
      kind: "counted",
      metrics: 0,
      dataPoints: 0,
    });
  });
});

/** A counter with two points, a gauge with one, a histogram with two, an observable counter with one. */
async function someMetrics(): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const meter = new MeterProvider({ readers: [reader] }).getMeter("sidekiq");
  const jobs = meter.createCounter("jobs");
  jobs.add(1, { class: "A" });
  jobs.add(2, { class: "B" });
  meter.createGauge("latency").record(5);
  const duration = meter.createHistogram("duration");
  duration.record(7, { class: "A" });
  duration.record(8, { class: "B" });
  meter.createObservableCounter("cpu").addCallback((result) => result.observe(3));
  await reader.forceFlush();
  await reader.shutdown();
  const [collected] = exporter.getMetrics();
  if (collected === undefined) throw new Error("nothing was collected");
  return collected;
}
