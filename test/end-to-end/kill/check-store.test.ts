/** The look at a store after a kill notices each kind of mistake that it looks for. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { indexBatch } from "../../../src/processor/batch-index.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { seededRandom } from "../../seeded-random.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { checkStore, disorderOf } from "./check-store.js";
import { type JobRequest, mixedRequest } from "./job-request.js";
import type { SentJob } from "./ledger.js";

describe("M11 the look at a store after a kill", () => {
  const folder = temporaryFolder();
  const random = seededRandom(11);

  async function keep(requests: readonly JobRequest[]): Promise<void> {
    const now = (): ReturnType<typeof unixNano> => unixNano(1_795_000_000_000_000_000n);
    const writer = openFileStoreWriter(folder(), { indexBatch, now });
    const ingest = createIngest(writer, now);
    for (const { body, logsOf } of requests) {
      const signal = logsOf === undefined ? "traces" : "logs";
      await ingest({ signal, body, raw: body, codec: "identity", format: "protobuf" });
    }
    await writer.close();
  }
  const acknowledged = ({ jid, body, logsOf }: JobRequest): SentJob => ({
    jid,
    body,
    logsOf,
    acknowledged: true,
    lsn: undefined,
  });
  const some = (): readonly JobRequest[] => Array.from({ length: 12 }, () => mixedRequest(random));

  it("finds nothing when all is there", async () => {
    const requests = some();
    await keep(requests);
    assert.deepEqual(await checkStore(folder(), requests.map(acknowledged)), {
      lost: [],
      twice: [],
      damage: [],
      disorder: [],
    });
  });

  it("notices what was acknowledged and is not there, and does not ask for what was not", async () => {
    const [missing, unasked, ...there] = some();
    assert.ok(missing && unasked);
    await keep(there);
    const sent = [acknowledged(missing), { ...acknowledged(unasked), acknowledged: false }];
    const { lost } = await checkStore(folder(), [...sent, ...there.map(acknowledged)]);
    assert.deepEqual(lost, [missing.jid]);
  });

  it("notices what is there with other bytes", async () => {
    const [first, ...others] = some();
    assert.ok(first);
    await keep([first, ...others]);
    const other = { ...acknowledged(first), body: Buffer.concat([first.body, Buffer.of(0)]) };
    assert.deepEqual((await checkStore(folder(), [other])).lost, [first.jid]);
  });

  it("notices what is there twice, spans and log lines", async () => {
    for (const isLog of [false, true]) {
      const request = some().find(({ logsOf }) => (logsOf !== undefined) === isLog);
      assert.ok(request);
      await keep([request, request]);
      const { twice } = await checkStore(folder(), [acknowledged(request)]);
      assert.deepEqual(twice, [request.jid]);
    }
  });

  it("notices a damaged record, and that it is lost", async () => {
    const requests = some();
    await keep(requests);
    const [name = ""] = readdirSync(join(folder(), "log")).filter((file) => file.endsWith(".jlog"));
    const file = join(folder(), "log", name);
    const bytes = readFileSync(file);
    const at = 64 + 40 + 8;
    bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
    writeFileSync(file, bytes);
    const { lost, damage } = await checkStore(folder(), requests.map(acknowledged));
    assert.deepEqual(lost, [requests[0]?.jid]);
    assert.equal(damage.length, 1);
  });

  it("notices numbers that come twice or go back", () => {
    assert.deepEqual(disorderOf([0, 1, 5]), []);
    assert.deepEqual(disorderOf([0, 1, 1, 0]), ["lsn 1 comes after 1", "lsn 0 comes after 1"]);
  });
});
