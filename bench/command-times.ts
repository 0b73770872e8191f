/** How long whole commands take, from starting the process to its end. */
import { spawnSync } from "node:child_process";

/** Milliseconds. `args`: of node. */
export function wallTimes(args: readonly string[], times: number): readonly number[] {
  return Array.from({ length: times }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [...args], { stdio: "ignore" });
    if (status !== 0) throw new Error(`${args.join(" ")} exited with ${status}`);
    return performance.now() - started;
  });
}
