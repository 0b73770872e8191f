// Joins the compiled command into a few files in dist/cli/: a hundred modules take longer to find and load than most
// commands take to run. As scripts, not ES modules, whose loader alone takes as long as all of ours. Commands stay files
// of their own, loaded when asked for.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

/** `dist`: where the compiled modules are, and where cli/ goes. */
export async function bundle(dist) {
  const build = await rolldown({
    input: {
      main: join(dist, "src/main.js"),
      // Threads of their own, named by their files.
      "seal-worker": join(dist, "src/jobscope/store/seal-worker.js"),
      "json-worker": join(dist, "src/receiver/json-worker.js"),
      "forward-worker": join(dist, "src/exporters/forward-worker.js"),
    },
    platform: "node",
    // Only the collector needs it, and nothing is gained by joining it.
    external: ["@grpc/grpc-js"],
    checks: { circularDependency: true },
  });
  const folder = join(dist, "cli");
  await build.write({
    dir: folder,
    format: "cjs",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    // Names stay, so that a stack trace says something.
    minify: { mangle: false, compress: true, codegen: { removeWhitespace: true } },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `{ "type": "commonjs" }\n`);
}
