/** Counts a process's file calls and says which of them go wrong, and how. */
import { existsSync } from "node:fs";
import type { DiskCall, DiskFault, DiskPlan } from "./disk-plan.js";

export type FaultOf = (call: DiskCall, path: string) => DiskFault["effect"] | undefined;

export function faultCounter({ faults = [], whileThere }: DiskPlan): FaultOf {
  const counts = faults.map(() => 0);
  return (call, path) => {
    let effect: DiskFault["effect"] | undefined;
    for (const [at, fault] of faults.entries()) {
      if (fault.call !== "any" && fault.call !== call) continue;
      if (!path.endsWith(fault.suffix ?? ".jlog")) continue;
      const count = (counts[at] ?? 0) + 1;
      counts[at] = count;
      if (count >= fault.from && count <= (fault.to ?? Number.POSITIVE_INFINITY))
        effect ??= fault.effect;
    }
    return whileThere === undefined || existsSync(whileThere) ? effect : undefined;
  };
}

export function diskError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${call}`), { code, syscall: call });
}
