/** `why` of the built command: forms, exit status, what is refused. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace } from "./serve-process.js";

const RUN = "test/fixtures/runs/shop-link-full";
const FILES = ["001", "002", "003", "004", "005", "006"].map((name) => join(RUN, `${name}.pb.gz`));
const CHARGE = "12c0218bd14de9ead7416414";

describe("jobtrace why", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  beforeEach(async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
  });

  it("answers as text, Markdown and JSON, with the same bytes each time", async () => {
    for (const option of ["--quiet", "--md", "--json"]) {
      const args = ["why", CHARGE, option, store(), "--tz=UTC"];
      const [first, second] = [await jobtrace(args), await jobtrace(args, { TZ: "Asia/Tokyo" })];
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      assert.equal(first.stdout, second.stdout);
    }
    const json = await jobtrace(["why", CHARGE, "--json", store()]);
    assertKeepsSchema("why-v1", JSON.parse(json.stdout));
  });

  it("takes a pasted log line and refuses what is no job", async () => {
    const pasted = await jobtrace(["why", `class=ChargeJob jid=${CHARGE} INFO: start`, store()]);
    assert.match(pasted.stdout, /^ChargeJob 12c0218bd14de9ead7416414 {3}completed, 3 attempts$/m);
    for (const [args, code, message] of [
      [["why"], 2, /which job\?/],
      [["why", "ffff0000"], 1, /no job has the id ffff0000/],
    ] as const) {
      const run = await jobtrace([...args, store()]);
      assert.deepEqual([run.code, run.stdout], [code, ""]);
      assert.match(run.stderr, message);
    }
  });
});
