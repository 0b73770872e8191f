// Builds everything into dist/: the static OTLP code from proto/, then TypeScript, then the command in a few files.
// dist/ is emptied first, because the test runner would run tests whose source is gone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const generated = join(root, "src/otlp/generated");
const stampFile = join(generated, ".stamp");
const generatedFiles = ["otlp.js", "otlp.d.ts"];

const generatorArguments = [
  ...["--target", "static-module", "--wrap", "esm", "--dependency", "protobufjs/minimal.js"],
  ...["--path", "proto", "--force-long", "--dts"],
  ...["--no-verify", "--no-convert", "--no-delimited", "--no-service", "--no-typeurl"],
  ...["--out", "src/otlp/generated/otlp.js"],
  "proto/opentelemetry/proto/collector/trace/v1/trace_service.proto",
  "proto/opentelemetry/proto/collector/logs/v1/logs_service.proto",
  "proto/google/rpc/status.proto",
  "proto/google/rpc/error_details.proto",
];

rmSync(join(root, "dist"), { recursive: true, force: true });
generate();
run("compiling", "typescript/bin/tsc", []);
copyGenerated();
await bundle(join(root, "dist"));
// npm links bin/ to this file, and a checkout may run it by its name.
const main = join(root, "dist/cli/main.js");
if (existsSync(main)) chmodSync(main, 0o755);

/** Takes seconds, so it is skipped while what it depends on is unchanged. */
function generate() {
  const stamp = stampOf();
  const isThere = [stampFile, ...generatedFiles.map((name) => join(generated, name))].every(
    existsSync,
  );
  if (isThere && readFileSync(stampFile, "utf8") === stamp) return;
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  run("generating the OTLP code", "protobufjs-cli/bin/pbjs", generatorArguments);
  writeFileSync(stampFile, stamp);
}

function stampOf() {
  const hash = createHash("sha256").update(JSON.stringify(generatorArguments));
  hash.update(readFileSync(join(root, "node_modules/protobufjs-cli/package.json")));
  const protoFiles = readdirSync(join(root, "proto"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".proto"))
    .sort();
  for (const name of protoFiles)
    hash.update(`\n${name}\n`).update(readFileSync(join(root, "proto", name)));
  return hash.digest("hex");
}

/** tsc reads the generated types and leaves the code behind. */
function copyGenerated() {
  const target = join(root, "dist/src/otlp/generated");
  mkdirSync(target, { recursive: true });
  for (const name of generatedFiles) copyFileSync(join(generated, name), join(target, name));
}

function run(label, script, scriptArguments) {
  const { status, signal } = spawnSync(
    process.execPath,
    [join(root, "node_modules", script), ...scriptArguments],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  if (status === 0) return;
  console.error(`jobtrace: build failed: ${label} exited with ${status ?? signal}`);
  process.exit(1);
}
