/** A `serve` whose disk misbehaves, a client that notes how each request was answered, and the look at what is left. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { checkStore } from "../end-to-end/kill/check-store.js";
import { jobRequest } from "../end-to-end/kill/job-request.js";
import {
  type KillableServe,
  type ServeStart,
  spawnServe,
} from "../end-to-end/kill/killable-serve.js";
import { createLedger } from "../end-to-end/kill/ledger.js";
import { type SeededRandom, seededRandom } from "../seeded-random.js";
import { type DiskFault, type DiskPlan, underDisk } from "./disk-plan.js";

export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly retryAfter: string | undefined;
}

export interface FaultyServe extends KillableServe {
  readonly endpoint: string;
  send(): Promise<Answer>;
  /** One after another. */
  sendMany(count: number): Promise<readonly Answer[]>;
  /** Fails unless everything of the first `sentMax` that was acknowledged is in the store, whole and once. */
  assertKept(store?: string, sentMax?: number): Promise<void>;
}

const started: KillableServe[] = [];
let seed = 0;

/** Kills what a test left behind; for `afterEach`. */
export async function killLeftServes(): Promise<void> {
  await Promise.all(started.splice(0).map((serve) => serve.kill()));
}

export async function startServeOn(start: ServeStart): Promise<FaultyServe> {
  const serve = spawnServe(start);
  started.push(serve);
  const endpoint = await serve.ready;
  assert.ok(endpoint, serve.lines.join("\n"));
  const random: SeededRandom = seededRandom(++seed);
  const ledger = createLedger();
  async function send(): Promise<Answer> {
    const { jid, body } = jobRequest(random);
    const job = ledger.sent(jid, body);
    const answer = await post(endpoint ?? "", body);
    if (answer.status === 200) ledger.acknowledged(job);
    return answer;
  }
  return {
    ...serve,
    endpoint,
    send,
    async sendMany(count) {
      const answers: Answer[] = [];
      for (let i = 0; i < count; i++) answers.push(await send());
      return answers;
    },
    async assertKept(store = start.store, sentMax = ledger.jobs.length) {
      const jobs = ledger.jobs.slice(0, sentMax);
      const { lost, twice, damage, disorder } = await checkStore(store, jobs);
      assert.deepEqual(
        { lost, twice, damage, disorder },
        { lost: [], twice: [], damage: [], disorder: [] },
      );
    },
  };
}

export function startFaultyServe(
  store: string,
  faults: readonly DiskFault[],
  plan: DiskPlan = {},
  options: readonly string[] = [],
): Promise<FaultyServe> {
  return startServeOn({ store, options, ...underDisk({ ...plan, faults }) });
}

function post(endpoint: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/x-protobuf" };
    const options = { method: "POST", headers, agent: false };
    const sent = request(`${endpoint}/v1/traces`, options, (response) => {
      response.resume();
      response.once("close", () =>
        resolve({
          status: response.complete ? (response.statusCode ?? 0) : 0,
          retryAfter: response.headers["retry-after"],
        }),
      );
    });
    sent.once("error", () => resolve({ status: 0, retryAfter: undefined }));
    sent.end(body);
  });
}
