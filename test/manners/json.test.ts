/** Every JSON that a command prints names its form, and keeps the schema of it that ships in the package. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../src/commands/registry.js";
import { CHARGE, FILES } from "../end-to-end/log-lines.js";
import { jobtrace } from "../end-to-end/serve-process.js";
import { assertKeepsSchema } from "../json-schema.js";
import { callsOf } from "./every-command.js";
import { hostileStore, HOSTILE_JID } from "./hostile-store.js";
import { runHere } from "./run-here.js";

const OTHER = "cdfe88074e477c7ce85aa689";

/** One document, or one a line. */
function documentsOf(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

function schemaOf(document: unknown): string {
  const { schema } = document as { readonly schema?: unknown };
  const [, name, version] = /^jobtrace\.([a-z-]+)\/(v\d+)$/.exec(String(schema)) ?? [];
  const file = `${name}-${version}`;
  assert.ok(existsSync(`schema/${file}.json`), `no schema of ${String(schema)} in the package`);
  return file;
}

describe("the JSON of every command", function () {
  this.timeout(120_000);
  let folder = "";
  const stores = new Map<string, readonly [string, string]>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "jobtrace-json-"));
    stores.set(await hostileStore(folder), [HOSTILE_JID, HOSTILE_JID]);
    const recorded = join(folder, "recorded");
    assert.equal((await jobtrace(["import", "-q", ...FILES, `--store=${recorded}`])).code, 0);
    stores.set(recorded, [CHARGE, OTHER]);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const name of Object.keys(COMMANDS)) {
    it(`${name} keeps the schema that it names`, async () => {
      for (const [store, jids] of stores)
        for (const { args } of await callsOf(name, store, jids)) {
          if (!args.some((arg) => /^--json$|^--graph=json$/.test(arg))) continue;
          const { ended, out } = await runHere(args);
          assert.ok(typeof ended === "number", args.join(" "));
          for (const document of documentsOf(out)) assertKeepsSchema(schemaOf(document), document);
        }
    });
  }

  it("of a prune that would be done keeps it, too", async () => {
    for (const store of stores.keys()) {
      const { stdout } = await jobtrace([
        "store",
        "prune",
        "--dry-run",
        "--max-size=1",
        "--json",
        `--store=${store}`,
      ]);
      const document: unknown = JSON.parse(stdout);
      assertKeepsSchema("store-prune-v1", document);
    }
  });
});
