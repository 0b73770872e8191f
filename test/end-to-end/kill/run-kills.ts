/**
 * Kills `serve` again and again in one store after another, eight senders at it, and holds the store against what was
 * acknowledged: nothing lost, nothing there twice, every store opens again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SeededRandom, seededRandom } from "../../seeded-random.js";
import { checkJobs, checkStore, type StoreFindings } from "./check-store.js";
import { type KillableServe, type ServeStart, spawnServe } from "./killable-serve.js";
import { createLedger, type Ledger } from "./ledger.js";
import { type Phase, phaseFor } from "./phases.js";
import { eightSenders, sendAll } from "./senders.js";

export interface KillPlan {
  readonly kills: number;
  readonly seed: number;
  /** Stores that are worked on at the same time. */
  readonly lanes: number;
  readonly onKill?: (done: number) => void;
  /** How each `serve` is started. */
  readonly under?: Pick<ServeStart, "nodeOptions" | "env">;
  /** Whether a store in which something went wrong is kept for whoever looks into it. */
  readonly keepFailed: boolean;
}

export interface PhaseResult {
  kills: number;
  acknowledged: number;
  /** Killed before it said that it is ready. */
  early: number;
  /** Starts that found an unfinished record. */
  torn: number;
  lost: number;
  twice: number;
  failedOpenings: number;
}

export interface KillResult {
  readonly phases: ReadonlyMap<string, PhaseResult>;
  /** What went wrong, in sentences; empty when nothing did. */
  readonly failures: readonly string[];
}

/** After so many kills a store is looked at as a whole and a new one is begun, so that a look stays short. */
const KILLS_PER_STORE = 25;

interface Course {
  readonly plan: KillPlan;
  readonly phases: Map<string, PhaseResult>;
  readonly failures: string[];
  done: number;
}

export async function runKills(plan: KillPlan): Promise<KillResult> {
  const course: Course = { plan, phases: new Map(), failures: [], done: 0 };
  const stores = Math.ceil(plan.kills / KILLS_PER_STORE);
  let next = 0;
  async function lane(): Promise<void> {
    for (let store = next++; store < stores; store = next++) {
      const kills = Math.min(KILLS_PER_STORE, plan.kills - store * KILLS_PER_STORE);
      await oneStore(kills, plan.seed + store, course);
    }
  }
  await Promise.all(Array.from({ length: plan.lanes }, lane));
  return course;
}

async function oneStore(kills: number, seed: number, course: Course): Promise<void> {
  const { onKill, keepFailed, under } = course.plan;
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-kill-"));
  const store = join(folder, "store");
  const random = seededRandom(seed);
  const ledger = createLedger();
  const before = course.failures.length;
  await openAndClose(store, seed, course, ledger);
  for (let kill = 0; kill < kills && course.failures.length === before; kill++) {
    const phase = phaseFor(random);
    const result = resultOf(course, phase);
    const findings = await oneKill(phase, { store, ...under }, random, ledger, result);
    result.kills++;
    result.lost += findings.lost.length;
    result.twice += findings.twice.length;
    note(course, findings, `seed ${seed}, kill ${kill} (${phase.name}), store ${store}`);
    onKill?.(++course.done);
  }
  await openAndClose(store, seed, course, ledger);
  if (course.failures.length === before || !keepFailed) rmSync(folder, { recursive: true });
}

interface KillFindings extends StoreFindings {
  readonly endedItself: string | undefined;
}

async function oneKill(
  phase: Phase,
  start: ServeStart,
  random: SeededRandom,
  ledger: Ledger,
  result: PhaseResult,
): Promise<KillFindings> {
  const { store } = start;
  const begin = ledger.jobs.length;
  const acknowledgedBefore = ledger.acknowledgedCount();
  phase.prepare(store, random);
  const serve = spawnServe({ ...start, options: phase.options(random) });
  const stop = new AbortController();
  const sending = sendWhenReady(serve, ledger, random, stop.signal);
  const ended = serve.exited.then(() => stop.abort());
  const moment = phase.moment({ store, random, ledger, ended: stop.signal });
  await Promise.race([moment, ended]);
  const endedItself = serve.child.exitCode === null ? undefined : serve.lines.join("\n");
  await serve.kill();
  const wasReady = await sending;
  if (!wasReady) result.early++;
  if (serve.lines.some((line) => line.includes("recovered:"))) result.torn++;
  if (endedItself !== undefined) result.failedOpenings++;
  result.acknowledged += ledger.acknowledgedCount() - acknowledgedBefore;
  return { ...(await checkJobs(store, ledger.jobs.slice(begin))), endedItself };
}

/** Whether it became ready. */
async function sendWhenReady(
  serve: KillableServe,
  ledger: Ledger,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<boolean> {
  const endpoint = await serve.ready;
  if (endpoint === undefined) return false;
  await sendAll(eightSenders(endpoint), ledger, random, signal);
  return true;
}

/** A start that is let live and stopped in order, and a look at everything the store ever acknowledged. */
async function openAndClose(
  store: string,
  seed: number,
  course: Course,
  ledger: Ledger,
): Promise<void> {
  const serve = spawnServe({ store });
  const endpoint = await serve.ready;
  serve.child.kill("SIGTERM");
  const { code } = await serve.exited;
  const where = `seed ${seed}, at the end, store ${store}`;
  const endedItself =
    endpoint === undefined || code !== 0 ? `code ${code}: ${serve.lines.join("\n")}` : undefined;
  note(course, { ...(await checkStore(store, ledger.jobs)), endedItself }, where);
}

function note(course: Course, findings: KillFindings, where: string): void {
  const { lost, twice, damage, disorder, endedItself } = findings;
  if (lost.length > 0) course.failures.push(`${where}: lost ${lost.join(", ")}`);
  if (twice.length > 0) course.failures.push(`${where}: twice ${twice.join(", ")}`);
  if (damage.length > 0) course.failures.push(`${where}: damaged: ${damage.join("; ")}`);
  if (disorder.length > 0) course.failures.push(`${where}: out of order: ${disorder.join("; ")}`);
  if (endedItself !== undefined) course.failures.push(`${where}: ended by itself: ${endedItself}`);
}

function resultOf(course: Course, { name }: Phase): PhaseResult {
  const known = course.phases.get(name);
  if (known !== undefined) return known;
  const none = {
    kills: 0,
    acknowledged: 0,
    early: 0,
    torn: 0,
    lost: 0,
    twice: 0,
    failedOpenings: 0,
  };
  course.phases.set(name, none);
  return none;
}
