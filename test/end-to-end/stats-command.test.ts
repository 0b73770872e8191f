/** `stats` and `failures` of the built command: forms, exit status, what is refused. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace } from "./serve-process.js";

const RUN = "test/fixtures/runs/shop-link-full";
const FILES = readdirSync(RUN)
  .filter((name) => name.endsWith(".pb.gz"))
  .sort()
  .map((name) => join(RUN, name));

describe("jobtrace stats and failures", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  beforeEach(async () => {
    assert.equal((await jobtrace(["import", ...FILES, store()])).code, 0);
  });

  for (const [name, args] of [
    ["stats", ["stats"]],
    ["stats", ["stats", "SendInvoiceJob"]],
    ["failures", ["failures"]],
  ] as const)
    it(`${args.join(" ")} prints text and JSON, with the same bytes each time, whatever the time zone`, async () => {
      for (const option of ["--quiet", "--json"]) {
        const [first, second] = [
          await jobtrace([...args, option, store(), "--tz=UTC"]),
          await jobtrace([...args, option, store(), "--tz=UTC"], { TZ: "Asia/Tokyo" }),
        ];
        assert.deepEqual([first.code, first.stderr], [0, ""]);
        assert.equal(first.stdout, second.stdout);
      }
      const json = await jobtrace([...args, "--json", store()]);
      assertKeepsSchema(`${name}-v1`, JSON.parse(json.stdout));
    });

  it("look at the day before the newest job, unless another time is asked for", async () => {
    const day = await jobtrace(["stats", store(), "--tz=UTC"]);
    assert.match(day.stdout, /^26 jobs: .*\(24h to 2026-11-22 04:47 UTC\)$/m);
    const until = await jobtrace(["stats", store(), "--tz=UTC", "--until=2026-11-22T04:46:30Z"]);
    assert.match(until.stdout, /^22 jobs: .*\(24h to 2026-11-22 04:46 UTC\)$/m);
    const none = await jobtrace(["stats", store(), "--since=2027-01-01", "--tz=UTC"]);
    assert.match(none.stdout, /^0 jobs \(since 2027-01-01 00:00 UTC\)$/m);
    const failures = await jobtrace(["failures", store(), "--since=2027-01-01", "--tz=UTC"]);
    assert.equal(failures.stdout, "no failures (since 2027-01-01 00:00 UTC)\n");
    assert.equal(failures.code, 0);
    for (const { stderr } of [none, failures])
      assert.match(stderr, /^jobtrace: no such job; the newest one in the store was at 2026-11-22/);
  });

  it("say of an empty store that nothing is in it", async () => {
    const empty = `--store=${folder()}/empty`;
    const request = join(folder(), "request.json");
    writeFileSync(request, `{"resourceSpans":[]}`);
    assert.equal((await jobtrace(["import", request, empty])).code, 0);
    const stats = await jobtrace(["stats", empty]);
    const failures = await jobtrace(["failures", empty]);
    for (const run of [stats, failures]) {
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      assert.match(run.stdout, /^(?:0 jobs|no failures) \(nothing is in the store\)\n$/);
    }
    const missing = await jobtrace(["stats", `--store=${folder()}/nowhere`]);
    assert.deepEqual([missing.code, missing.stdout], [4, ""]);
  });

  it("name the class that may have been meant, and say when it was last seen", async () => {
    for (const [args, code, message] of [
      [
        ["stats", "SendInvoceJob"],
        1,
        /no job of class SendInvoceJob .* did you mean SendInvoiceJob\?/,
      ],
      [["stats", "mail"], 1, /did you mean WelcomeMailJob\?/],
      [["stats", "Nowhere"], 1, /^jobtrace: no job of class Nowhere is in the store\n$/],
      [["stats", "Send*"], 1, /for several classes, --class='Send\*'/],
      [["stats", "ChargeJob", "--since=2027-01-01"], 1, /its newest was at 2026-11-22 04:47:01/],
      [["stats", "A", "B"], 2, /takes one class/],
      [["stats", "A", "--class=B"], 2, /not both/],
      [["failures", "A"], 2, /takes no arguments/],
      [["stats", "--state=broken"], 2, /--state=broken is not one of/],
    ] as const) {
      const run = await jobtrace([...args, store(), "--tz=UTC"]);
      assert.deepEqual([run.code, run.stdout], [code, ""], args.join(" "));
      assert.match(run.stderr, message);
    }
    const json = await jobtrace(["stats", "SendInvoceJob", "--json", store()]);
    assert.deepEqual([json.code, json.stdout], [1, ""]);
    assertKeepsSchema("error-v1", JSON.parse(json.stderr));
  });

  it("are never cut in a pipe, and never coloured", async () => {
    for (const args of [["stats"], ["stats", "SendInvoiceJob", "--limit=0"], ["failures"]]) {
      const run = await jobtrace([...args, store()]);
      assert.doesNotMatch(run.stdout, /…(?!\))|[^\P{Cc}\n]/u);
    }
  });
});
