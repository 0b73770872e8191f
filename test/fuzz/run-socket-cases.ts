/**
 * Runs the cases of a socket target against `jobtrace serve` in a process of its own, a few connections at a time, and
 * afterwards compares what it keeps with what it acknowledged.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { BODY_GRACE_MS, SLOW_CHECK_MS } from "../../src/receiver/limits.js";
import { FINDINGS_MAX, type Finding, type FuzzOptions, type FuzzReport } from "./case-target.js";
import { type RawTalk, talkRaw } from "./raw-talk.js";
import { type ServerUnderTest, startServer } from "./server-under-test.js";
import type { SocketCase, SocketTarget } from "./socket-case.js";
import { checkStored, type Expectation } from "./stored-check.js";

/** Enough to meet each other in the server; what one of them did is still easy to tell. */
const CONNECTIONS = 16;
/** Per 64 KiB begun; one that takes longer is tried again alone, for the machine has other work. */
const SLOW_MS = 250;
const SLOW_BYTES = 64 * 1024;
const SLOW_TRIES = 3;
/** What a broken connection reserved is given back when it was looked at; others may wait for it until then. */
const GIVEN_BACK_MS = BODY_GRACE_MS + 4 * SLOW_CHECK_MS;
const WARM_UP_CASES = 300;
const HEAP_GROWTH_BYTES_MAX = 32 * 1024 * 1024;

interface Run {
  readonly target: SocketTarget;
  readonly seed: number;
  readonly server: ServerUnderTest;
  readonly findings: Finding[];
  readonly expectations: Expectation[];
  readonly slow: Set<number>;
  acceptedCount: number;
}

export async function runSocketCases(
  target: SocketTarget,
  options: FuzzOptions,
): Promise<FuzzReport> {
  const store = mkdtempSync(join(tmpdir(), "jobtrace-fuzz-"));
  const started = performance.now();
  try {
    const server = await startServer(store);
    const run: Run = {
      target,
      seed: options.seed,
      server,
      findings: [],
      expectations: [],
      slow: new Set(),
      acceptedCount: 0,
    };
    const { done, notes } = await runAll(run, options);
    const note = (message: string): void => {
      // In front: what a dead server does to the cases under way is told at length behind it.
      run.findings.unshift({
        target: target.name,
        seed: options.seed,
        caseNumber: undefined,
        message,
      });
    };
    const end = await server.stop();
    if (end !== "0") note(`serve ended with ${end}`);
    if (server.errors.length > 0) note(`serve wrote to stderr: ${server.errors.join("\n")}`);
    const stored = await checkStored(store, run.expectations);
    for (const { caseNumber, message } of stored.mistakes) {
      const place = caseNumber === undefined ? {} : bytesOf(target.make(caseNumber, 0));
      run.findings.push({ target: target.name, seed: options.seed, caseNumber, message, ...place });
    }
    return {
      target: target.name,
      caseCount: done,
      acceptedCount: run.acceptedCount,
      seconds: (performance.now() - started) / 1000,
      findings: run.findings.slice(0, FINDINGS_MAX),
      notes: [...notes, `${stored.recordCount} records kept`],
    };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

async function runAll(
  run: Run,
  { cases, only, onProgress }: FuzzOptions,
): Promise<{ readonly done: number; readonly notes: readonly string[] }> {
  let next = only ?? 0;
  const last = only ?? cases - 1;
  let done = 0;
  const worker = async (end: number): Promise<void> => {
    while (next <= end && run.findings.length < FINDINGS_MAX && run.server.ended() === undefined) {
      await runCase(run, next++, 0);
      onProgress?.(++done);
    }
  };
  const all = (end: number): Promise<unknown> =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => worker(end)));
  const notes: string[] = [];
  await all(Math.min(last, WARM_UP_CASES - 1));
  if (last >= WARM_UP_CASES && run.server.ended() === undefined) {
    const before = await run.server.heap();
    await all(last);
    if (run.slow.size > 0) await wait(GIVEN_BACK_MS);
    // Those whose connections are broken come last, because they take room from the others.
    const isFramed = (caseNumber: number): boolean => run.target.make(caseNumber, 0).isFramed;
    const slow = [...run.slow].sort((a, b) => Number(isFramed(b)) - Number(isFramed(a)));
    for (const caseNumber of slow)
      if (run.server.ended() === undefined) await trySlow(run, caseNumber);
    if (run.server.ended() === undefined)
      notes.push(heapNote(run, (await run.server.heap()) - before));
  }
  return { done, notes };
}

function heapNote({ findings, target, seed }: Run, growth: number): string {
  const note = `server heap ${growth < 0 ? "-" : "+"}${(Math.abs(growth) / 1e6).toFixed(1)} MB`;
  if (growth > HEAP_GROWTH_BYTES_MAX)
    findings.push({ target: target.name, seed, caseNumber: undefined, message: note });
  return note;
}

/** Gives how long it took. */
async function runCase(run: Run, caseNumber: number, round: number): Promise<number> {
  const { target, server, seed } = run;
  const made = target.make(caseNumber, round);
  const talk = await talkRaw(server.port, made.script, (received) =>
    target.isAnswered(received, made),
  );
  const message = judge(run, made, talk, caseNumber);
  if (message !== undefined)
    run.findings.push({ target: target.name, seed, caseNumber, message, ...bytesOf(made) });
  const { bytes } = bytesOf(made);
  const isSlow = talk.tookMs > SLOW_MS * Math.ceil((bytes.length + 1) / SLOW_BYTES);
  if (isSlow && message === undefined) run.slow.add(caseNumber);
  return talk.tookMs;
}

/** undefined: nothing is wrong so far. */
function judge(
  run: Run,
  made: SocketCase,
  { received, isOver }: RawTalk,
  caseNumber: number,
): string | undefined {
  const { target, server, expectations } = run;
  const ended = server.ended();
  if (ended !== undefined) return `the server ended with ${ended} while this case was under way`;
  if (!isOver) return `the connection was still open, after ${received.length} bytes of answers`;
  const wrong = target.whatIsWrong(received, !made.isFramed);
  if (wrong !== undefined) return wrong;
  const answers = target.answersOf(received, made);
  if (made.isFramed && target.hadNoRoom(received)) {
    run.slow.add(caseNumber);
    return undefined;
  }
  expectations.push({ caseNumber, made, answers });
  if (answers.includes("accepted")) run.acceptedCount++;
  if (!made.isFramed) return undefined;
  if (answers.length !== made.requests.length)
    return `${made.requests.length} requests and ${answers.length} answers`;
  for (const [at, { fate }] of made.requests.entries()) {
    const answer = answers[at];
    if (fate !== "either" && answer !== fate.kind)
      return `request ${at} was ${answer ?? "not answered"} and should have been ${fate.kind}`;
  }
  return undefined;
}

async function trySlow(run: Run, caseNumber: number): Promise<void> {
  const { bytes } = bytesOf(run.target.make(caseNumber, 0));
  let leastMs = Infinity;
  for (let round = 1; round <= SLOW_TRIES; round++) {
    run.slow.delete(caseNumber);
    leastMs = Math.min(leastMs, await runCase(run, caseNumber, round));
    if (!run.slow.has(caseNumber)) return;
    await wait(GIVEN_BACK_MS);
  }
  const message = `took ${Math.round(leastMs)} ms for ${bytes.length} bytes, or found no room, ${SLOW_TRIES} times`;
  run.findings.push({ target: run.target.name, seed: run.seed, caseNumber, message, bytes });
}

function bytesOf({ script }: SocketCase): { readonly bytes: Buffer } {
  return { bytes: Buffer.concat(script.chunks) };
}
