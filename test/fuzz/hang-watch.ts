/**
 * Watches from another thread that the cases go on: one that never ends blocks this thread, and then nothing in it can
 * say so. Such a case is named on stderr and the process ended.
 */
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";

export interface HangWatch {
  /** To be called before each case. */
  begin(caseNumber: number): void;
  end(): Promise<unknown>;
}

/** Hundreds of times what a case may take; only one that never ends gets there. */
const STUCK_MS = 30_000;

interface Watched {
  readonly name: string;
  readonly seed: number;
  /** The number of the case under way. */
  readonly current: Int32Array;
}

export function startHangWatch(name: string, seed: number): HangWatch {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const watched: Watched = { name, seed, current };
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: watched });
  worker.unref();
  return {
    begin(caseNumber) {
      Atomics.store(current, 0, caseNumber + 1);
    },
    end: () => worker.terminate(),
  };
}

function watch({ name, seed, current }: Watched): void {
  let before = 0;
  setInterval(() => {
    const now = Atomics.load(current, 0);
    if (now !== 0 && now === before) {
      const again = `npm run fuzz -- --target=${name} --seed=${seed} --case=${now - 1}`;
      // A worker's process.stderr goes through the thread that is stuck.
      writeSync(2, `${name}: seed ${seed}, case ${now - 1}: does not end\n  again: ${again}\n`);
      process.kill(process.pid, "SIGKILL");
    }
    before = now;
  }, STUCK_MS);
}

if (!isMainThread) watch(workerData as Watched);
