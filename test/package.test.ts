/** What the package promises about itself: exact versions, nothing that runs at install, no surprise dependency. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly hasInstallScript?: boolean; readonly dev?: boolean }>
  >;
}

/** Every runtime dependency has its reason in ARCHITECTURE.md; adding one is a decision, made here. */
const RUNTIME_DEPENDENCIES = ["@grpc/grpc-js", "protobufjs"];

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;

  it("pins every dependency to one exact version", () => {
    for (const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`);
    }
  });

  it("has only the runtime dependencies that were decided on", () => {
    assert.deepEqual(Object.keys(manifest.dependencies).sort(), RUNTIME_DEPENDENCIES);
  });

  it("installs nothing that runs a script on the user's machine", () => {
    const offenders = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
    assert.deepEqual(
      offenders.map(([name]) => name),
      [],
    );
    for (const script of ["preinstall", "install", "postinstall"]) {
      assert.equal(manifest.scripts[script], undefined);
    }
  });

  it("names the command jobtrace", () => {
    assert.deepEqual(Object.keys(manifest.bin), ["jobtrace"]);
  });
});
