/** `diff` of the built command: exit status, what is refused, ids of every kind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace } from "./serve-process.js";

const RUN = "test/fixtures/runs/shop-link-full";
const FILES = ["001", "002", "003", "004", "005", "006"].map((name) => join(RUN, `${name}.pb.gz`));
const CHARGE = "12c0218bd14de9ead7416414";

describe("jobtrace diff", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  beforeEach(async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
  });

  it("exits 0 for the same and 1 for different, as diff does", async () => {
    const same = await jobtrace(["diff", CHARGE, "--attempts=2..2", store()]);
    assert.deepEqual([same.code, same.stderr], [0, ""]);
    const other = await jobtrace([
      "diff",
      CHARGE.slice(0, 8),
      "--attempts",
      "first..last",
      store(),
    ]);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /^--- attempt 1 {2}487ms {2}✗ Net::ReadTimeout$/m);
    assert.match(other.stdout, /^Error: Net::ReadTimeout → none$/m);
  });

  it("prints the same document each time, and without its steps with --stat", async () => {
    const args = ["diff", CHARGE, "--attempts=1..3", "--json", store()];
    const [first, second] = [await jobtrace(args), await jobtrace(args, { TZ: "Asia/Tokyo" })];
    assert.equal(first.stdout, second.stdout);
    assertKeepsSchema("diff-v1", JSON.parse(first.stdout));
    const stat = JSON.parse((await jobtrace([...args, "--stat"])).stdout) as { steps: unknown };
    assertKeepsSchema("diff-v1", stat);
    assert.equal(stat.steps, null);
    assert.doesNotMatch(
      (await jobtrace(["diff", CHARGE, "--attempts=1..3", "--stat", store()])).stdout,
      /^ {2}[-+~] /m,
    );
  });

  it("says what is wrong with the question", async () => {
    for (const [args, code, message] of [
      [["diff"], 2, /compare what\?/],
      [["diff", CHARGE], 2, /compare what\?/],
      [["diff", CHARGE, "--attempts=1-3"], 2, /--attempts=1-3 is not two attempts/],
      [["diff", CHARGE, "--attempts=1..9"], 2, /has no attempt 9, 3 were recorded/],
      [["diff", CHARGE, "b794dd0b44c3ec6fca9eb0ba"], 2, /no attempt of it was received/],
      [["diff", CHARGE, "ffff0000"], 1, /no job has the id ffff0000/],
    ] as const) {
      const run = await jobtrace([...args, store()]);
      assert.deepEqual([run.code, run.stdout], [code, ""], args.join(" "));
      assert.match(run.stderr, message);
    }
  });
});
