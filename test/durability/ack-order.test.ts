/** The order of the server's system calls, seen by strace: an answer never comes before its fdatasync. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLedger } from "../end-to-end/kill/ledger.js";
import { jobRequest } from "../end-to-end/kill/job-request.js";
import { spawnServe } from "../end-to-end/kill/killable-serve.js";
import { grpcSender, httpSender, type Sender } from "../end-to-end/kill/senders.js";
import { seededRandom } from "../seeded-random.js";
import { checkAckOrder, ORDER_CALLS, type OrderFindings } from "./ack-order.js";
import { readStrace, strace, straceMissing } from "./strace.js";

const REQUESTS = 1000;
const SENDERS_EACH = 4;

/** A jid; nothing else in a request is 24 hexadecimal digits in text. */
const TOKEN = /[0-9a-f]{24}/;

describe("M4 the order of answer and fdatasync", function () {
  this.timeout(180_000);
  const missing = straceMissing();
  let folder = "";

  before(function () {
    if (missing === undefined) return;
    console.log(`        skipped: ${missing}`);
    this.skip();
  });
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "jobtrace-order-")));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it(`D11 every answer of ${REQUESTS} over both transports comes after an fdatasync of its bytes, and its log's name is durable`, async () => {
    const { acknowledged, fdatasyncs, violations } = await traceRequests(REQUESTS, "fsync");
    assert.deepEqual(violations.slice(0, 5), []);
    assert.equal(acknowledged, REQUESTS);
    assert.ok(fdatasyncs < acknowledged, "no group commit was seen");
  });

  it("M11 answers before their fdatasync are noticed", async () => {
    const { violations } = await traceRequests(100, "none");
    assert.equal(violations.length, 100);
  });

  async function traceRequests(count: number, durability: string): Promise<OrderFindings> {
    const trace = join(folder, "trace");
    const serve = spawnServe({
      store: join(folder, "store"),
      options: [`--durability=${durability}`, "--segment-size=64KiB"],
      under: strace(trace, ORDER_CALLS),
    });
    const endpoint = await serve.ready;
    assert.ok(endpoint, serve.lines.join("\n"));
    const senders = Array.from({ length: SENDERS_EACH }, () => [
      httpSender(endpoint, false),
      grpcSender(endpoint),
    ]).flat();
    const tokens = await sendSome(senders, count);
    // strace passes it on to nobody; the process under it is stopped by its pid.
    const pid = Number(/pid (\d+)/.exec(serve.lines[0] ?? "")?.[1]);
    process.kill(pid, "SIGTERM");
    await serve.exited;
    return checkAckOrder(readStrace(readFileSync(trace, "latin1")), tokens, TOKEN);
  }

  async function sendSome(senders: readonly Sender[], count: number): Promise<ReadonlySet<string>> {
    const random = seededRandom(1);
    const ledger = createLedger();
    await Promise.all(
      senders.map(async (sender) => {
        while (ledger.jobs.length < count) {
          const { jid, body } = jobRequest(random);
          const job = ledger.sent(jid, body);
          assert.ok(await sender.send(body), "a request was refused");
          ledger.acknowledged(job);
        }
        sender.close();
      }),
    );
    return new Set(ledger.jobs.map(({ jid }) => jid));
  }
});
