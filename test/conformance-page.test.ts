/** docs/conformance.md against the tests: every promise is held where the page says, and every id in a title is on the page. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

interface Row {
  readonly id: string;
  /** Under test/; empty: nothing holds it. */
  readonly files: readonly string[];
}

/** An id as it stands in a title. */
const ID = /\b[SDLXM]\d{1,2}\b/g;
/** Its first cell has one id or several, its last the files. */
const ROW = /^\| ([SDLXM]\d{1,2}(?:, [SDLXM]\d{1,2})*) \|.*\|([^|]*)\|$/gm;

describe("docs/conformance.md", () => {
  const [held = "", notHeld = ""] = readFileSync("docs/conformance.md", "utf8").split(
    "\n## What is not held\n",
  );
  const rows = rowsOf(held);
  const known = [...rows, ...rowsOf(notHeld)].map(({ id }) => id);

  it("has each promise once", () => {
    assert.ok(rows.length > 100);
    assert.deepEqual(
      known.filter((id, at) => known.indexOf(id) !== at),
      [],
    );
  });

  it("names for each promise files whose titles have its id", () => {
    const wrong = rows.flatMap(({ id, files }) => [
      ...(files.length === 0 ? [`${id}: no file`] : []),
      ...files.filter((file) => !idsIn(file).has(id)).map((file) => `${id}: not in ${file}`),
    ]);
    assert.deepEqual(wrong, []);
  });

  it("knows every id that a title has, and where it is held", () => {
    const missing = testFiles().flatMap((file) =>
      [...idsIn(file)]
        .filter((id) => !rows.some((row) => row.id === id && row.files.includes(file)))
        .map((id) => `${id} in ${file}`),
    );
    assert.deepEqual(missing, []);
  });
});

function rowsOf(text: string): readonly Row[] {
  return [...text.matchAll(ROW)].flatMap(([, ids = "", cell = ""]) => {
    const files = [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    return ids.split(", ").map((id) => ({ id, files }));
  });
}

/** Relative to `test`. Not what the live tests install there: it has a link to this checkout in it. */
function testFiles(folder = "test"): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : testFiles(path);
    return entry.name.endsWith(".test.ts") ? [relative("test", path)] : [];
  });
}

/** Of titles: an id in any other text of a test would have to look like one. */
function idsIn(file: string): ReadonlySet<string> {
  const path = join("test", file);
  const code = existsSync(path) ? readFileSync(path, "utf8") : "";
  const texts = code.match(/["`][^"`\n]*/g) ?? [];
  return new Set(texts.flatMap((text) => text.match(ID) ?? []));
}
