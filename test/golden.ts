/** Texts that must not change unseen: `UPDATE_GOLDEN=1 npm test` writes them anew, and git shows the change. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

export function assertGolden(name: string, actual: string): void {
  const file = `test/golden/${name}`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, actual);
  assert.ok(existsSync(file), `${file} is not there: make it with UPDATE_GOLDEN=1 npm test`);
  assert.equal(actual, readFileSync(file, "utf8"));
}
