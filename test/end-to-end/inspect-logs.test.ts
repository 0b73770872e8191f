/** `inspect` of a job whose log lines were received: counted, and among the steps when asked for. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { assertGolden } from "../golden.js";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, chargeLogs, FILES } from "./log-lines.js";
import { type CommandRun, jobtrace } from "./serve-process.js";

describe("jobtrace inspect with log lines", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  const inspect = (...args: readonly string[]): Promise<CommandRun> =>
    jobtrace(["inspect", CHARGE, ...args, store()], { TZ: "UTC" });
  const document = async (...args: readonly string[]): Promise<JobDocument> =>
    JSON.parse((await inspect("--json", ...args)).stdout) as JobDocument;
  const logIds = ({ attempts }: JobDocument): readonly (readonly string[])[] =>
    attempts.map(({ steps }) => steps.filter(({ kind }) => kind === "log").map(({ id }) => id));

  async function importAll(...files: readonly string[]): Promise<void> {
    assert.equal((await jobtrace(["import", ...files, store()])).code, 0);
  }

  beforeEach(async () => {
    const file = join(folder(), "logs.json");
    writeFileSync(file, chargeLogs());
    await importAll(...FILES, file);
  });

  it("counts them in one line, and shows none that were not asked for", async () => {
    const { stdout } = await inspect();
    assert.match(stdout, /^Logs: {4}8 lines \(--logs\)$/m);
    assert.doesNotMatch(stdout, /charging order/);
    const why = await jobtrace(["why", CHARGE, store()]);
    assert.match(why.stdout, /^Logs +8 lines: jobtrace logs 12c0218b$/m);
  });

  it("puts them among the steps, and counts those of other attempts", async () => {
    assertGolden("inspect-logs-80.txt", (await inspect("--logs", "--width=80")).stdout);
    assertGolden("inspect-logs-only.txt", (await inspect("--only=log", "--attempt=all")).stdout);
    const hidden = await inspect("--only=http", "--logs");
    assert.match(hidden.stdout, /^Not shown: .*5 log/m);
    assert.match(hidden.stdout, /^Logs: {4}3 lines not shown here: jobtrace logs 12c0218b$/m);
  });

  it("folds what is repeated as it does without them", async () => {
    const titles = (text: string): readonly string[] =>
      text.split("\n").filter((line) => /^\[.*×\d+/.test(line));
    assert.deepEqual(titles((await inspect("--logs")).stdout), titles((await inspect()).stdout));
  });

  it("has them in the document with --logs only, and their number always", async () => {
    const plain = await document();
    assert.deepEqual(logIds(plain), [[], [], []]);
    assert.equal(plain.completeness.log_lines, 8);
    assert.ok(!plain.completeness.not_recorded.includes("logs"));
    const full = await document("--logs");
    assert.deepEqual(logIds(full), [
      ["log.1", "log.2", "log.3", "log.4", "log.5"],
      ["log.6", "log.7", "log.8"],
      [],
    ]);
    assert.deepEqual(full.effects, plain.effects);
    assert.deepEqual(full.job, plain.job);
    const step = full.attempts[0]?.steps.find(({ id }) => id === "log.3");
    assert.deepEqual(
      [step?.parent_id, step?.depth, step?.detail?.type === "log" && step.detail.body],
      ["f09534ecfcf2654d", 1, '{"event":"debugged","n":7}'],
    );
  });

  it("says that there are none only when none came", async () => {
    const other = await jobtrace(["list", "--json", store()]);
    const jids = other.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { jid: string }).jid)
      .filter((jid) => jid !== CHARGE);
    const { stdout } = await jobtrace(["inspect", jids[0] ?? "", "--json", store()]);
    const { completeness } = JSON.parse(stdout) as JobDocument;
    assert.equal(completeness.log_lines, 0);
    assert.ok(completeness.not_recorded.includes("logs"));
  });
});
