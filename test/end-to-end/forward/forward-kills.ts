/**
 * Kills `serve` while it takes spans and forwards them, again and again, and counts at the peer: every acknowledged span
 * must come, and what comes twice is what was under way or not yet written down.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestOf } from "../../otlp-request.js";
import { type ScriptedPeer, startHttpPeer } from "../../exporters/scripted-peer.js";
import { seededRandom } from "../../seeded-random.js";
import { startServe } from "../serve-process.js";

export interface ForwardKills {
  readonly acknowledged: number;
  readonly lost: number;
  /** Spans that came more than once, and the most that one kill can make of them. */
  readonly twice: number;
  readonly twiceMax: number;
}

export interface ForwardKillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly onKill?: (done: number) => void;
}

const SPANS = 20;

/** Up to a checkpoint, and what was under way: four requests. */
const TWICE_PER_KILL_MAX = 1000 + 4 * SPANS;

/** Of one life: long enough that it is killed while it forwards. Milliseconds. */
const LIFE_MAX_MS = 1200;

/** Without anything new at the peer, nothing more is coming. */
const QUIET_MS = 10_000;

export async function runForwardKills(options: ForwardKillOptions): Promise<ForwardKills> {
  const random = seededRandom(options.seed);
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-forward-"));
  const peer = await startHttpPeer();
  const store = join(folder, "store");
  const forward = [`--forward=http://127.0.0.1:${peer.port}`, "--forward-mode=as-received"];
  const acknowledged = new Set<string>();
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      const serve = await startServe(store, ...forward);
      const life = new AbortController();
      const sending = sendUntil(life.signal, serve.endpoint, acknowledged);
      await sleep(random.next() * LIFE_MAX_MS);
      await serve.kill("SIGKILL");
      life.abort();
      await sending;
      options.onKill?.(kill + 1);
    }
    const last = await startServe(store, ...forward);
    await arrival(peer, acknowledged);
    await last.kill("SIGTERM");
    const lost = [...acknowledged].filter((id) => !peer.taken.has(id)).length;
    const twice = [...peer.taken.values()].reduce((sum, times) => sum + times - 1, 0);
    const twiceMax = options.kills * TWICE_PER_KILL_MAX;
    return { acknowledged: acknowledged.size, lost, twice, twiceMax };
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until all of them have come, or nothing comes any more. */
async function arrival(
  { taken }: Pick<ScriptedPeer, "taken">,
  acknowledged: ReadonlySet<string>,
): Promise<void> {
  let size = -1;
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs += POLL_MS) {
    if (taken.size >= acknowledged.size && [...acknowledged].every((id) => taken.has(id))) return;
    if (taken.size !== size) quietMs = 0;
    size = taken.size;
    await sleep(POLL_MS);
  }
}

const POLL_MS = 50;

/** One request after another. A request whose answer did not come may be there or not. */
async function sendUntil(
  signal: AbortSignal,
  endpoint: string,
  acknowledged: Set<string>,
): Promise<void> {
  while (!signal.aborted) {
    const ids = Array.from({ length: SPANS }, () => randomBytes(8).toString("hex"));
    const traceId = randomBytes(16).toString("hex");
    const spans = ids.map((spanId) => ({
      traceId,
      spanId,
      name: "s",
      kind: 1,
      start: 1n,
      end: 2n,
    }));
    try {
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(requestOf(spans)),
        signal,
      });
      await response.arrayBuffer();
      if (response.status === 200) for (const id of ids) acknowledged.add(id);
    } catch {
      return;
    }
  }
}
