/** `doctor` of the built command: the collector's half, forms, exit status. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { DoctorDocument } from "../../src/jobscope/model/doctor/doctor-document.js";
import { assertGolden } from "../golden.js";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace, MAIN, startServe } from "./serve-process.js";

const RUN = "test/fixtures/runs/shop-child";
const FILES = ["001", "002", "003", "004", "005", "006"].map((name) => join(RUN, `${name}.pb.gz`));

describe("jobtrace doctor", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const path = (): string => `${folder()}/store`;
  const store = (): string => `--store=${path()}`;
  /** Nobody listens on port 1. */
  const nobody = "--server=http://127.0.0.1:1";

  async function checks(...args: readonly string[]): Promise<DoctorDocument> {
    const run = await jobtrace(["doctor", "--json", store(), ...args]);
    assert.equal(run.stderr, "");
    const document = JSON.parse(run.stdout) as DoctorDocument;
    assertKeepsSchema("doctor-v1", document);
    assert.equal(run.code, document.broken > 0 ? 1 : 0);
    return document;
  }

  it("says what is wrong with a recorded application, in the same bytes each time", async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
    const args = ["doctor", store(), nobody, "--tz=UTC"];
    for (const [name, options] of [
      ["80", ["--width=80"]],
      ["piped", []],
      ["ascii", ["--width=80", "--ascii"]],
      ["colour", ["--width=80", "--color=always"]],
    ] as const) {
      const run = await jobtrace([...args, ...options]);
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      const received = run.stdout.slice(run.stdout.indexOf("Received,"));
      assertGolden(`doctor-shop-child.${name}.txt`, received);
    }
    const strict = await jobtrace([...args, "--strict"]);
    assert.equal(strict.code, 1);
    const [first, second] = [await checks(nobody), await checks(nobody)];
    assert.deepEqual(first.received, second.received);
    assert.equal(first.received.complete, true);
  });

  it("knows a collector that listens, and that nothing was received", async () => {
    const serve = await startServe(path());
    try {
      const { collector, received } = await checks(`--server=${serve.endpoint}`);
      assert.deepEqual(
        collector.map(({ id, status }) => [id, status]),
        [
          ["listening", "ok"],
          ["store", "ok"],
        ],
      );
      assert.match(collector[0]?.text ?? "", /^listening on 127\.0\.0\.1:\d+, OTLP\/HTTP and/);
      assert.deepEqual(
        received.checks.map(({ id, status }) => [id, status]),
        [["received", "broken"]],
      );
    } finally {
      await serve.kill("SIGTERM");
    }
  });

  it("hears from a running collector which senders it could not understand", async () => {
    const serve = await startServe(path());
    const { port } = new URL(serve.endpoint);
    const type = (value: string) => ({ "content-type": value });
    try {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(Buffer.from("160301020001", "hex"));
      await once(socket.resume(), "close");
      for (const [target, headers] of [
        ["/api/v2/spans", type("application/json")],
        ["/", { ...type("application/x-protobuf"), "user-agent": "Ruby" }],
        ["/v1/traces", type("application/x-protobuf")],
        ["/v1/logs", { ...type("application/json"), "user-agent": "Go" }],
      ] as const) {
        const body = target === "/v1/traces" ? Buffer.from("ff", "hex") : "{}";
        await fetch(serve.endpoint + target, { method: "POST", headers, body });
      }
      const { collector } = await checks(`--server=${serve.endpoint}`);
      const found = collector.slice(2).map(({ id, status, text, change }) => {
        assert.equal(status, "problem");
        const plain = text.replaceAll(/\d\d:\d\d:\d\d UTC/g, "TIME");
        return [id, plain, `${change?.verb} ${change?.lines.join("\n")}`];
      });
      assert.deepEqual(found, [
        [
          "tls",
          "a TLS client connected at TIME; use http://, not https://",
          `set OTEL_EXPORTER_OTLP_ENDPOINT=${serve.endpoint}`,
        ],
        [
          "foreign_exporter",
          "a Zipkin exporter is connected: it posted to /api/v2/spans at TIME",
          'use gem "opentelemetry-exporter-otlp" in place of "opentelemetry-exporter-zipkin"',
        ],
        [
          "path",
          'spans were posted to "/" at TIME and refused (Ruby)',
          `set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${serve.endpoint}/v1/traces`,
        ],
        ["refused", found[3]?.[1], "send whole OTLP requests, as protobuf or JSON, plain or gzip"],
        [
          "silent",
          "connected at TIME, no spans (Go)",
          "move add_span_processor behind OpenTelemetry::SDK.configure",
        ],
      ]);
      assert.match(found[3]?.[1] ?? "", /^a request was refused at TIME: .+ at byte \d+$/);
    } finally {
      await serve.kill("SIGTERM");
    }
  });

  it("has a collector on another machine tell of its own store", async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
    const serve = await startServe(path());
    try {
      const env = { JOBTRACE_STORE: "", XDG_STATE_HOME: `${folder()}/nowhere` };
      const args = ["doctor", "--json", `--server=${serve.endpoint}`];
      const run = await jobtrace(args, env);
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      const far = JSON.parse(run.stdout) as DoctorDocument;
      assertKeepsSchema("doctor-v1", far);
      const near = await checks(`--server=${serve.endpoint}`);
      assert.deepEqual(far.received, near.received);
      assert.deepEqual(
        far.collector.map(({ id, status }) => [id, status]),
        near.collector.map(({ id, status }) => [id, status]),
      );
    } finally {
      await serve.kill("SIGTERM");
    }
    const gone = await jobtrace(["doctor", `--server=${serve.endpoint}`]);
    assert.equal(gone.code, 0);
    assert.match(gone.stdout, /nothing listens on/);
  });

  it("tells nobody from somebody else on the port", async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
    const { collector } = await checks(nobody);
    assert.equal(
      collector[0]?.text,
      "nothing listens on 127.0.0.1:1 (connection refused): spans sent there are lost",
    );
    assert.deepEqual(collector[0]?.change, { verb: "start", lines: ["jobtrace serve"] });
    const other = createServer((_, response) => response.end("Jaeger"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = other.address() as AddressInfo;
      const [listening] = (await checks(`--server=http://127.0.0.1:${port}`)).collector;
      assert.equal(listening?.status, "broken");
      assert.match(listening.text, /is held by .+, which is not jobtrace: spans go there$/);
    } finally {
      other.close();
    }
  });

  it("tells a store that is missing, full or not writable", async () => {
    const missing = await checks(nobody);
    assert.match(missing.collector[1]?.text ?? "", /no store/);
    assert.deepEqual(missing.received.checks, []);
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
    const run = await jobtrace(["doctor", store(), nobody], { JOBTRACE_KEEP_FREE: "9000TB" });
    assert.equal(run.code, 1);
    assert.match(run.stdout, /✗ {4}store full: \d+ [GM]B free and 9000000 GB are to stay free/);
    if (process.getuid?.() === 0) return;
    chmodSync(path(), 0o500);
    try {
      const { collector } = await checks(nobody);
      assert.match(collector[1]?.text ?? "", /is not writable$/);
    } finally {
      chmodSync(path(), 0o700);
    }
  });

  it("watches until it is interrupted, and prints what changed", async () => {
    const child = spawn(process.execPath, [MAIN, "doctor", "--watch", store(), nobody]);
    let text = "";
    const told = (part: string): Promise<void> =>
      new Promise((resolve) => {
        child.stdout.on("data", () => {
          if (text.includes(part)) resolve();
        });
      });
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await told("is broken.");
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
    await told("26 jobs recognised");
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    assert.ok(text.split("Collector\n").length - 1 >= 2);
  });

  it("refuses what it cannot use", async () => {
    for (const [option, message] of [
      ["--since=soon", /--since=soon is not a length of time/],
      ["--server=localhost", /is not the address of a collector/],
    ] as const) {
      const run = await jobtrace(["doctor", store(), option]);
      assert.deepEqual([run.code, run.stdout], [2, ""]);
      assert.match(run.stderr, message);
    }
  });
});
