/** Runs the install.sh of a live test, its progress in sight. */
import { spawn } from "node:child_process";

/** install.sh's EX_UNAVAILABLE: something cannot be had on this machine, and it has said what. */
const UNAVAILABLE = 69;

/** False: this machine cannot have what the test needs. Throws when the installation itself went wrong. */
export async function install(test: "sidekiq" | "bullmq"): Promise<boolean> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn("bash", [`test/${test}/install.sh`], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === UNAVAILABLE) return false;
  if (code === 0) return true;
  throw new Error(`cannot install what the ${test} test needs: install.sh exited with ${code}`);
}
