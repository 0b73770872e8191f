// Makes `npm start` and `npm test` work on a fresh clone, in either order, and cost nothing the second time:
// installs when package-lock.json is not what node_modules was made from, builds when a source is newer
// than the last build. Uses nothing outside Node itself, because nothing else may be there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const installStamp = join(root, "node_modules/.jobtrace-installed");
const buildStamp = join(root, "dist/.jobtrace-built");
const buildInputs = [
  "src",
  "test",
  "bench",
  "proto",
  "scripts",
  "tsconfig.json",
  "package-lock.json",
];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`jobtrace: needs Node 20.19 or newer: this is ${process.version}`);
  process.exit(1);
}

if (read(installStamp) !== lockHash()) {
  // Not `npm ci`: it refuses a lock that lacks the optional packages of platforms which a registry does not carry.
  step("installing dependencies", "npm", ["install", "--no-audit", "--no-fund"]);
  writeFileSync(installStamp, lockHash());
}

const sources = fingerprint(buildInputs);
if (read(buildStamp) !== sources) {
  step("building", process.execPath, ["scripts/build.mjs"]);
  // The fingerprint is taken before the build, so a source saved meanwhile is built next time.
  writeFileSync(buildStamp, sources);
}

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function step(label, command, args) {
  console.error(`jobtrace: ${label}`);
  // npm's own summary goes to stderr, so that stdout stays the program's.
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(`jobtrace: ${label} failed: ${command} ${args.join(" ")} exited with ${status}`);
    process.exit(1);
  }
}

/** Names, sizes and times of every build input: cheap, and changes when one is edited, added or removed. */
function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths) visit(join(root, path), hash);
  return hash.digest("hex");
}

function visit(path, hash) {
  if (!existsSync(path)) return;
  const stat = statSync(path);
  if (!stat.isDirectory()) {
    hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (name !== "generated" && name !== "fixtures" && name !== "golden" && name !== "vendor") {
      visit(join(path, name), hash);
    }
  }
}
