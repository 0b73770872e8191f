/** Commands that read while the collector writes, is killed and starts again: right at every moment, and silent about it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobLine } from "../../src/jobscope/inspect/job-line.js";
import { seededRandom } from "../seeded-random.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobRequest } from "./kill/job-request.js";
import { jobtrace, type ServeProcess, startServe } from "./serve-process.js";

const KILLS = 6;
/** Between the start of the collector and its death. */
const LIFE_MS = 700;
/** A segment is rolled and sealed every few requests. */
const SEGMENT_SIZE = "--segment-size=16KiB";

describe("reading while the collector is killed", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it("every command says what was acknowledged, whatever happens to the writer", async () => {
    const store = join(folder(), "store");
    const acknowledged: string[] = [];
    const random = seededRandom(Math.floor(Math.random() * 1e6));
    const stopped = new AbortController();
    let serve: ServeProcess | undefined = await startServe(store, SEGMENT_SIZE);

    const lives = (async () => {
      for (let kills = 0; kills < KILLS; kills++) {
        serve ??= await startServe(store, SEGMENT_SIZE);
        const sending = sendUntilGone(serve.endpoint);
        await sleep(LIFE_MS);
        await serve.kill("SIGKILL");
        serve = undefined;
        await sending;
      }
    })().finally(() => stopped.abort());

    async function sendUntilGone(endpoint: string): Promise<void> {
      for (;;) {
        const { jid, body } = jobRequest(random);
        const headers = { "content-type": "application/x-protobuf" };
        const answer = await fetch(`${endpoint}/v1/traces`, {
          method: "POST",
          headers,
          body: new Uint8Array(body),
        }).catch(() => undefined);
        if (answer === undefined) return;
        if (answer.status === 200) acknowledged.push(jid);
      }
    }

    let reads = 0;
    for (; !stopped.signal.aborted; reads++) {
      const known = acknowledged.at(-1);
      if (known === undefined) {
        await sleep(20);
        continue;
      }
      const before = acknowledged.length;
      const commands = [
        ["inspect", known, "--json"],
        ["list", "--json", "--limit=0"],
        ["why", known],
        ["stats"],
      ];
      const args = commands[reads % commands.length] ?? [];
      const { code, stdout, stderr } = await jobtrace([...args, `--store=${store}`]);
      assert.deepEqual([code, stderr], [0, ""], args.join(" "));
      assert.ok(stdout.includes(known) || args[0] === "stats", args.join(" "));
      if (args[0] === "list") {
        const listed = stdout.split("\n").filter(Boolean);
        const jids = new Set(listed.map((line) => (JSON.parse(line) as JobLine).jid));
        assert.equal(jids.size, listed.length, "a job is listed twice");
        const missing = acknowledged.slice(0, before).filter((jid) => !jids.has(jid));
        assert.deepEqual(missing, []);
      }
    }
    await lives;
    assert.ok(reads > KILLS, `${reads} reads`);
    assert.ok(acknowledged.length > 100, `${acknowledged.length} acknowledged`);
  });
});
