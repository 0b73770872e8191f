/** Two `serve` in one folder, a stopped one among them, and one that runs out of memory. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { jobtrace } from "../end-to-end/serve-process.js";
import { createLedger } from "../end-to-end/kill/ledger.js";
import { checkStore } from "../end-to-end/kill/check-store.js";
import { spawnServe } from "../end-to-end/kill/killable-serve.js";
import { httpSender } from "../end-to-end/kill/senders.js";
import { requestOf } from "../otlp-request.js";
import { seededRandom } from "../seeded-random.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobRequest } from "../end-to-end/kill/job-request.js";
import { killLeftServes, startServeOn } from "./faulty-serve.js";

const UNREADABLE = 4;

describe("serve beside others", function () {
  this.timeout(60_000);
  // Before the folder is removed, because a process may still write to it.
  afterEach(killLeftServes);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const second = (): ReturnType<typeof jobtrace> =>
    jobtrace(["serve", "--listen=127.0.0.1:0", `--store=${store()}`]);

  it("D29 a second one exits with 4 and names the first, which goes on", async () => {
    const serve = await startServeOn({ store: store() });
    await serve.send();
    const { code, stderr } = await second();
    assert.equal(code, UNREADABLE);
    assert.match(stderr, new RegExp(`written by process ${serve.child.pid} on `));
    assert.equal((await serve.send()).status, 200);
    await serve.assertKept();
  });

  it("D31 one that is stopped keeps its store, and answers what was sent meanwhile once it goes on", async () => {
    const serve = await startServeOn({ store: store() });
    await serve.sendMany(3);
    serve.child.kill("SIGSTOP");
    const waiting = Array.from({ length: 10 }, () => serve.send());
    assert.equal((await second()).code, UNREADABLE);
    serve.child.kill("SIGCONT");
    const answers = await Promise.all(waiting);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await serve.kill();
    await serve.assertKept();
  });

  it("D32 one with little memory and large requests: it lives or dies, and what was acknowledged is kept", async () => {
    const serve = spawnServe({ store: store(), nodeOptions: ["--max-old-space-size=64"] });
    const endpoint = await serve.ready;
    assert.ok(endpoint, serve.lines.join("\n"));
    const random = seededRandom(32);
    const ledger = createLedger();
    const name = "x".repeat(8_000_000);
    const ids = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
    const large = requestOf([{ ...ids, name, kind: 1, start: 1n, end: 2n }]);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const sender = httpSender(endpoint, true);
        for (let i = 0; i < 10; i++) {
          const { jid, body } = jobRequest(random);
          const job = ledger.sent(jid, body);
          if (await sender.send(body)) ledger.acknowledged(job);
          await sender.send(large);
        }
        sender.close();
      }),
    );
    await serve.kill();
    assert.ok(ledger.acknowledgedCount() > 0);
    const { lost, twice, damage } = await checkStore(store(), ledger.jobs);
    assert.deepEqual({ lost, twice, damage }, { lost: [], twice: [], damage: [] });
  });
});
