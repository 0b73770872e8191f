/** `jobtrace graph` as a person runs it, on a recorded run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace } from "./serve-process.js";

const RUN = "test/fixtures/runs/shop-link-full";
const FILES = ["001", "002", "003", "004", "005", "006"].map((name) => join(RUN, `${name}.pb.gz`));

describe("jobtrace graph", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const graph = (...args: readonly string[]) =>
    jobtrace(["graph", `--store=${folder()}/store`, ...args]);

  it("prints lines, JSON by its schema, dot and Mermaid; the same each time", async () => {
    const { code } = await jobtrace(["import", ...FILES, `--store=${folder()}/store`]);
    assert.equal(code, 0);
    const lines = await graph();
    assert.deepEqual([lines.code, lines.stderr], [0, ""]);
    assert.match(lines.stdout, /^POST \/orders ──3──▶ SendInvoiceJob ──3──▶ ReceiptJob$/m);
    assert.match(
      lines.stdout,
      /^ {2}PingJob → PingJob .* longest chain 5 {3}example [0-9a-f]{24} → /m,
    );
    const json = await graph("--json");
    assertKeepsSchema("class-graph-v1", JSON.parse(json.stdout));
    assert.equal((await graph("--json")).stdout, json.stdout);
    assert.match((await graph("--dot")).stdout, /^digraph jobs \{\n[\s\S]*\n\}\n$/);
    assert.match((await graph("--mermaid")).stdout, /^flowchart LR\n/);
    const some = await graph("--class=Receipt*", "--enqueued-by=Checkout*", "--width=80");
    assert.match(some.stdout, /^CheckoutJob ──2──▶ ReceiptJob\n\n2 jobs, 2 pushes \(24h to /);
    const none = await graph("--class=None*");
    assert.match(none.stdout, /^0 jobs, 0 pushes \(/);
  });

  it("refuses two forms at once with 2, and without a store exits 4", async () => {
    const { code, stderr } = await graph("--dot", "--json");
    assert.equal(code, 2);
    assert.match(stderr, /--dot and --json: ask for one of them/);
    assert.equal((await graph()).code, 4);
  });
});
