/** A folder of its own for each test, gone afterwards. Call inside a `describe`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function temporaryFolder(): () => string {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "jobtrace-test-"));
  });
  afterEach(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return () => path;
}
