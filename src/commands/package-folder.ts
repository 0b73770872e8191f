/** Where the package is installed: the files that come with the code are found from there. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The nearest folder above this code that says whose it is: how deep below it the code lies depends on how it was built.
 *
 * @throws Error when the package is not whole.
 */
export function packageFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "dist"))) return folder;
  throw new Error(`cannot find the package of ${here}`);
}
