/** The container files, as far as they can be judged without Docker: what they say, and that what they name is there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe("docker-compose.jaeger.yml", () => {
  const compose = parse(readFileSync("docker-compose.jaeger.yml", "utf8"), {
    strict: true,
    uniqueKeys: true,
  }) as Compose;
  const { jobtrace, jaeger } = compose.services;

  it("starts jobtrace and a pinned Jaeger v2, each with a health check", () => {
    assert.deepEqual(Object.keys(compose.services).sort(), ["jaeger", "jobtrace"]);
    assert.match(jaeger?.image ?? "", /^jaegertracing\/jaeger:2\.\d+\.\d+$/);
    assert.ok((jaeger?.healthcheck?.test.length ?? 0) > 1);
    assert.equal(jobtrace?.build, ".");
    assert.match(readFileSync("Dockerfile", "utf8"), /^HEALTHCHECK /m);
  });

  it("publishes every port on this machine only, none twice", () => {
    const ports = [...(jobtrace?.ports ?? []), ...(jaeger?.ports ?? [])];
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
    const published = ports.map((port) => port.split(":")[1]);
    assert.equal(new Set(published).size, published.length);
  });

  it("forwards to Jaeger inside, and names its page", () => {
    assert.equal(jobtrace?.environment?.["JOBTRACE_FORWARD"], "http://jaeger:4318");
    assert.equal(jobtrace?.environment?.["JOBTRACE_JAEGER_UI"], "http://localhost:16686");
  });

  it("names volumes that are declared and files that are there", () => {
    for (const volume of [...(jobtrace?.volumes ?? []), ...(jaeger?.volumes ?? [])]) {
      const [from = ""] = volume.split(":");
      assert.ok(from.startsWith("./") ? existsSync(from) : from in compose.volumes, volume);
    }
  });

  it("gives Jaeger's pages a link back, by the attribute that jobtrace sends", () => {
    const { linkPatterns } = JSON.parse(readFileSync("docs/jaeger-ui.json", "utf8")) as {
      readonly linkPatterns: readonly Readonly<Record<string, string>>[];
    };
    assert.deepEqual(
      linkPatterns.map(({ type, key, url }) => [type, key, url]),
      [["tags", "job.id", "http://localhost:4318/jobs/#{job.id}"]],
    );
  });
});

describe("Dockerfile", () => {
  const text = readFileSync("Dockerfile", "utf8");

  it("runs as another user than root, from a stage without what the build needs", () => {
    const stages = text.split(/^FROM /m).slice(1);
    assert.equal(stages.length, 2);
    assert.match(stages[1] ?? "", /^USER node$/m);
    assert.doesNotMatch(stages[1] ?? "", /npm install/);
  });

  it("copies only what is in the package", () => {
    for (const [, path = ""] of text.matchAll(/^COPY --from=build \/src\/(\S+)/gm))
      assert.ok(["node_modules", "dist"].includes(path) || existsSync(path), path);
  });
});
