/** Says what was found and how to look at it again, and keeps the bytes in a file. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "./case-target.js";

/** Several lines. Writes the bytes of the case, if there are any, into the folder for temporary files. */
export function reportFinding(finding: Finding): string {
  const { target, seed, caseNumber, message, bytes } = finding;
  const of = caseNumber === undefined ? "" : `, case ${caseNumber}`;
  const lines = [`${target}: seed ${seed}${of}: ${message}`];
  if (bytes !== undefined) {
    const file = join(tmpdir(), `jobtrace-fuzz-${target}-${seed}-${caseNumber ?? "run"}.bin`);
    writeFileSync(file, bytes);
    lines.push(`  bytes in ${file}`);
  }
  if (caseNumber !== undefined) {
    lines.push(`  again: npm run fuzz -- --target=${target} --seed=${seed} --case=${caseNumber}`);
  }
  return lines.join("\n");
}
