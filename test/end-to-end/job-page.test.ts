/** What a browser sees of a job: the address that Jaeger's pages link to. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { recordedRun } from "../recorded-runs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace, type ServeProcess, startServe } from "./serve-process.js";

describe("/jobs/<jid> of serve", () => {
  const folder = temporaryFolder();
  let serve: ServeProcess;
  const run = recordedRun("cap-link");
  const jid = run.jobs[0]?.jid ?? "";

  beforeEach(async () => {
    serve = await startServe(join(folder(), "store"));
    for (const body of run.bodies)
      await fetch(`${serve.endpoint}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(gunzipSync(body)),
      });
  });
  afterEach(async () => void (await serve.kill("SIGTERM")));

  it("is what inspect prints, as text that a browser takes for nothing else", async () => {
    const response = await fetch(`${serve.endpoint}/jobs/${jid}`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const { stdout } = await jobtrace([
      "inspect",
      jid,
      `--store=${join(folder(), "store")}`,
      "--tz=UTC",
    ]);
    assert.equal(await response.text(), stdout);
  });

  it("is the document with .json", async () => {
    const document = (await (await fetch(`${serve.endpoint}/jobs/${jid}.json`)).json()) as {
      readonly job: { readonly jid: string };
    };
    assert.equal(document.job.jid, jid);
  });

  it("has a page for an attempt, the log lines and the checklist: what these commands print", async () => {
    const store = `--store=${join(folder(), "store")}`;
    for (const [path, args, type] of [
      ["attempts/1", ["inspect", jid, "--attempt=1"], "application/json"],
      ["logs", ["logs", jid], "application/x-ndjson"],
      ["why", ["why", jid], "application/json"],
    ] as const) {
      const text = await fetch(`${serve.endpoint}/jobs/${jid}/${path}`);
      const printed = await jobtrace([...args, store, "--tz=UTC"]);
      assert.deepEqual([text.status, printed.code], [200, 0], printed.stderr);
      assert.match(text.headers.get("content-type") ?? "", /^text\/plain/);
      assert.equal(await text.text(), printed.stdout);
      const json = await fetch(`${serve.endpoint}/jobs/${jid}/${path}.json`);
      assert.equal(json.headers.get("content-type"), type);
      assert.equal(await json.text(), (await jobtrace([...args, store, "--json"])).stdout);
    }
  });

  it("has none for an attempt that was not recorded, or under a name of no command", async () => {
    const answer = async (path: string): Promise<readonly [number, string]> => {
      const response = await fetch(`${serve.endpoint}/jobs/${jid}/${path}`);
      return [response.status, await response.text()];
    };
    const [status, text] = await answer("attempts/99");
    assert.deepEqual([status, text.includes("--attempt=99")], [404, true]);
    for (const path of ["attempts/0", "attempts/--full", "attempts/", "export", "why/x"])
      assert.equal((await answer(path))[0], 404, path);
  });

  it("stands beside Jaeger's page of the same job, where that is named", async () => {
    const args = ["inspect", jid, `--store=${join(folder(), "store")}`];
    const { stdout } = await jobtrace(args, { JOBTRACE_JAEGER_UI: "http://localhost:16686/" });
    assert.match(
      stdout,
      new RegExp(`^Jaeger: {2}http://localhost:16686/trace/6a6f6274${jid}$`, "m"),
    );
  });

  it("says that it does not know a job, whatever it is called", async () => {
    for (const id of ["0".repeat(24), "--store=/etc", "..%2f..%2fetc", "%00"]) {
      const { status } = await fetch(`${serve.endpoint}/jobs/${id}`);
      assert.ok(status === 404 || status === 500, `${id}: ${status}`);
    }
  });

  it("is not shown to a web page that calls this machine by a name of its own", async () => {
    const { hostname, port } = new URL(serve.endpoint);
    const status = await new Promise((resolve, reject) => {
      request(
        { hostname, port, path: `/jobs/${jid}`, headers: { host: "evil.example" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .once("error", reject)
        .end();
    });
    assert.equal(status, 403);
  });
});
