/**
 * Who may import whom. The table is the architecture: to let one folder import another, change it here, in
 * the open, and in the drawing in ARCHITECTURE.md.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "jobscope/model": [],
  otlp: [],
  "jobscope/store": ["jobscope/model"],
  processor: ["jobscope/model", "jobscope/store", "otlp"],
  "jobscope/inspect": ["jobscope/model", "jobscope/store", "processor", "otlp"],
  "jobscope/export": ["jobscope/model", "jobscope/inspect", "otlp"],
  receiver: ["jobscope/model", "processor", "otlp"],
  exporters: ["jobscope/model", "jobscope/store", "processor", "otlp"],
  "span-processor": [],
};

/** Wires the others together, so it may import all of them; nothing may import it. */
const COMPOSITION_ROOT = /^(main|commands\/.+)\.ts$/;

describe("source layers", () => {
  const src = resolve("src");
  for (const file of sourceFiles(src)) {
    const path = relative(src, file);
    if (COMPOSITION_ROOT.test(path)) continue;

    it(`${path} imports only what its folder may`, () => {
      const from = layerOf(path);
      for (const specifier of relativeImports(readFileSync(file, "utf8"))) {
        const to = layerOf(relative(src, resolve(dirname(file), specifier)));
        assert.ok(
          to === from || MAY_IMPORT[from]?.includes(to),
          `${from} must not import ${to} (${specifier})`,
        );
      }
    });
  }
});

function layerOf(path: string): string {
  const layer = Object.keys(MAY_IMPORT).find((name) => path.startsWith(`${name}/`));
  assert.ok(layer, `${path} is in no layer: add its folder to MAY_IMPORT`);
  return layer;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("generated"))
    .map((name) => join(folder, name))
    .sort();
}

function relativeImports(source: string): string[] {
  return [...source.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
}
