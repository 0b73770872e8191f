/** `npm run fuzz`: the command line of the fuzzer. */
import { parseArgs } from "node:util";
import type { FuzzOptions, FuzzReport } from "./case-target.js";
import { reportFinding } from "./failure-file.js";
import { isTargetName, runTarget, TARGETS, type TargetName } from "./fuzz-targets.js";
import { createProgress } from "./progress.js";

const HELP = `npm run fuzz -- [--target=NAME] [--cases=N] [--seed=S] [--case=K]: try to break jobtrace

  --target=NAME   ${Object.keys(TARGETS).join(", ")}, or all; default all
  --cases=N       of each target; default ${Object.entries(TARGETS)
    .map(([name, { casesDefault }]) => `${casesDefault} ${name}`)
    .join(", ")}
  --seed=S        a whole number; the same seed makes the same cases; default another each time
  --case=K        only this case

${Object.entries(TARGETS)
  .map(([name, { about }]) => `  ${name.padEnd(12)}  ${about}`)
  .join("\n")}

Prints what it found with the seed, the number of the case and a file with its bytes. Exits with 1 then.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", default: "all" },
      cases: { type: "string" },
      seed: { type: "string" },
      case: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { target } = values;
  if (target !== "all" && !isTargetName(target)) {
    throw new Error(`there is no target ${target}: use ${Object.keys(TARGETS).join(", ")} or all`);
  }
  const names = target === "all" ? (Object.keys(TARGETS) as TargetName[]) : [target];
  const seed = wholeNumber("seed", values.seed) ?? Date.now() % 1_000_000;
  const only = wholeNumber("case", values.case);
  console.log(`seed ${seed}`);
  let findingCount = 0;
  for (const name of names) {
    const cases = wholeNumber("cases", values.cases) ?? TARGETS[name].casesDefault;
    const { findings } = await run(name, { cases, seed, ...(only === undefined ? {} : { only }) });
    findingCount += findings.length;
  }
  return findingCount === 0 ? 0 : 1;
}

async function run(name: TargetName, options: FuzzOptions): Promise<FuzzReport> {
  const { stderr } = process;
  const write = stderr.isTTY ? (text: string) => void stderr.write(text) : undefined;
  const progress = createProgress(name, options.cases, write);
  const report = await runTarget(name, { ...options, onProgress: (done) => progress.update(done) });
  progress.end();
  const { caseCount, acceptedCount, seconds, findings, notes } = report;
  const facts = [
    `${name}: ${caseCount} cases in ${seconds.toFixed(1)} s`,
    `${acceptedCount} with something accepted`,
    ...notes,
    findings.length === 0 ? "nothing found" : `${findings.length} found`,
  ];
  console.log(facts.join(", "));
  for (const finding of findings) console.log(reportFinding(finding));
  return report;
}

/** undefined: not given. @throws Error */
function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name}=${text} is not a whole number`);
  return Number(text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
