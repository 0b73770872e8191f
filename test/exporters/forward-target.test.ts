import assert from "node:assert/strict";
import { type ForwardTarget, readTarget } from "../../src/exporters/forward-target.js";

function target(endpoint: string, options: Record<string, string> = {}): ForwardTarget {
  const read = readTarget(endpoint, "job", (name) => options[name]);
  assert.ok(read.kind === "target", read.kind === "malformed" ? read.reason : "");
  return read.target;
}

function reason(endpoint: string, options: Record<string, string> = {}): string {
  const read = readTarget(endpoint, "job", (name) => options[name]);
  return read.kind === "malformed" ? read.reason : "";
}

describe("readTarget()", () => {
  for (const [endpoint, protocol, address, isSecure] of [
    ["localhost:4317", "grpc", "localhost:4317", false],
    ["localhost", "grpc", "localhost:4317", false],
    ["http://localhost:4317", "grpc", "localhost:4317", false],
    ["http://localhost:14317/v1/traces", "grpc", "localhost:14317", false],
    ["https://jaeger:4317", "grpc", "jaeger:4317", true],
    ["http://localhost:14318", "http/protobuf", "http://localhost:14318/v1/traces", false],
    ["http://localhost", "http/protobuf", "http://localhost:80/v1/traces", false],
    ["https://otel.example/in/", "http/protobuf", "https://otel.example:443/in/v1/traces", true],
    ["http://h:4318/v1/traces", "http/protobuf", "http://h:4318/v1/traces", false],
    ["http://[::1]:4318", "http/protobuf", "http://[::1]:4318/v1/traces", false],
    ["dns:///jaeger:4317", "grpc", "dns:///jaeger:4317", false],
    ["unix:/run/otel.sock", "grpc", "unix:/run/otel.sock", false],
  ] as const) {
    it(`E1 takes ${endpoint}`, () => {
      const read = target(endpoint);
      assert.deepEqual([read.protocol, read.address, read.isSecure], [protocol, address, isSecure]);
    });
  }

  it("E2 lets protocol and insecure be named, and a scheme win over insecure", () => {
    assert.equal(target("http://h:4317", { protocol: "http/protobuf" }).protocol, "http/protobuf");
    assert.equal(target("h:4317", { insecure: "False" }).isSecure, true);
    assert.equal(target("h:4317", { insecure: "true" }).isSecure, false);
    assert.equal(target("https://h:4317", { insecure: "true" }).isSecure, true);
    assert.match(reason("h:1", { protocol: "http/json" }), /protocol "http\/json" is not/);
  });

  it("E2 takes an empty option for one that is not set, and a bad timeout with a warning", () => {
    assert.equal(target("h:1", { compression: "", timeout: "" }).timeoutMs, 10_000);
    const read = readTarget("h:1", "job", (name) => (name === "timeout" ? "10s" : undefined));
    assert.ok(read.kind === "target");
    assert.equal(read.target.timeoutMs, 10_000);
    assert.match(read.warnings[0] ?? "", /timeout "10s" is not a number of milliseconds/);
  });

  it("E3 reads headers percent-decoded, and shows none of their values when they are wrong", () => {
    const { headers } = target("h:1", { headers: "api-key=a%2Cb, X-Tenant = shop" });
    assert.deepEqual(headers, { "api-key": "a,b", "x-tenant": "shop" });
    assert.match(reason("h:1", { headers: "secret" }), /headers are k1=v1/);
    assert.doesNotMatch(reason("h:1", { headers: "a b=hunter2" }), /hunter2/);
  });

  it("E5 takes gzip, none and as-it-is; compresses unless the peer is on this machine", () => {
    assert.equal(target("h:1").compression, "gzip");
    for (const near of [
      "localhost:1",
      "http://127.0.0.1:1",
      "http://[::1]:1",
      "unix:/run/otel.sock",
    ])
      assert.equal(target(near).compression, "as-it-is", near);
    assert.equal(target("http://127.0.0.1.example:1").compression, "gzip");
    assert.equal(target("localhost:1", { compression: "gzip" }).compression, "gzip");
    assert.equal(target("h:1", { compression: "none" }).compression, "none");
    assert.match(
      reason("h:1", { compression: "zstd" }),
      /compression "zstd" is not gzip, none or as-it-is/,
    );
  });

  it("names what is no endpoint", () => {
    assert.match(reason(""), /is not an endpoint such as/);
    assert.match(reason("http://"), /is not an endpoint such as/);
    assert.match(reason("http://user:secret@h:1"), /no user and password/);
    assert.doesNotMatch(reason("http://user:secret@h:1"), /secret@/);
  });
});
