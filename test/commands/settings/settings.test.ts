/** The order in which a setting is looked for, and what a configuration file may say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CONFIG_SHAPE, flattenConfig } from "../../../src/commands/settings/config-shape.js";
import { ALL_SETTINGS, SETTINGS } from "../../../src/commands/settings/settings.js";
import { UsageError } from "../../../src/commands/usage-error.js";
import { keepsSchema } from "../../json-schema.js";
import { asked } from "./settings-of.js";

/** Of each: a value for an option or a variable, and one for the file that says the same. */
const SAMPLES: Readonly<Record<string, readonly [text: string, inFile: unknown]>> = {
  listen: ["127.0.0.1:9999", "127.0.0.1:9999"],
  token: ["one,two", "one,two"],
  store: ["/srv/spans", "/srv/spans"],
  durability: ["interval=5ms", "interval=5ms"],
  compress: ["none", "none"],
  segment_size: ["1MiB", 1_048_576],
  keep_free: ["1GB", "1GB"],
  retention: ["3d,1GB", "3d,1GB"],
  "forward.endpoint": ["localhost:14317", "localhost:14317"],
  "forward.mode": ["as-received", "as-received"],
  "forward_as_received.endpoint": ["localhost:14317", "localhost:14317"],
  jaeger_ui: ["http://localhost:16686", "http://localhost:16686"],
  correlation_keys: ["a,b.c", ["a", "b.c"]],
  orphan_after: ["5m", "5m"],
  fold: ["7", 7],
  gap: ["250ms", "250ms"],
  color: ["always", "always"],
  ascii: ["true", true],
  width: ["77", 77],
  time: ["clock", "clock"],
  tz: ["Europe/Berlin", "Europe/Berlin"],
};
for (const key of ["forward", "forward_as_received"]) {
  for (const name of ["certificate", "client_key", "client_certificate"])
    Object.assign(SAMPLES, { [`${key}.${name}`]: ["/srv/a.pem", "/srv/a.pem"] });
  Object.assign(SAMPLES, {
    [`${key}.protocol`]: ["grpc", "grpc"],
    [`${key}.headers`]: ["a=b%20c", { a: "b c" }],
    [`${key}.compression`]: ["none", "none"],
    [`${key}.timeout`]: ["50", 50],
    [`${key}.insecure`]: ["false", false],
  });
}

/** `forward.mode` as the object that holds it. */
function documentOf(key: string, value: unknown): object {
  const [outer = "", inner] = key.split(".");
  return { [outer]: inner === undefined ? value : { [inner]: value } };
}

describe("settings", () => {
  it("each has a key in the file, and each key is one", () => {
    const keys = Object.entries(CONFIG_SHAPE)
      .filter(([key]) => key !== "$schema" && key !== "retention")
      .flatMap(([key, shape]) =>
        typeof shape === "string"
          ? [key]
          : Object.keys(shape.parts).map((part) => `${key}.${part}`),
      );
    assert.deepEqual(ALL_SETTINGS.map(({ key }) => key).sort(), [...keys, "retention"].sort());
  });

  for (const setting of ALL_SETTINGS) {
    const { key, flags, envs } = setting;
    const [text = "", inFile] = SAMPLES[key] ?? [];
    it(`${key}: an option goes before a variable, that before the file, that before the default`, () => {
      assert.notEqual(text, "", "no sample");
      const [flag] = flags;
      const [env] = envs;
      const ofFlag = key === "retention" ? "3d" : text;
      const args =
        flag === undefined ? [] : [key === "ascii" ? `--${flag}` : `--${flag}=${ofFlag}`];
      const sources = {
        args,
        env: env === undefined ? {} : { [env]: text },
        file: documentOf(key, inFile),
      };
      const shown = (from: object): string => {
        const { value, origin } = setting.shown(...asked(from));
        return `${value} ${origin.kind}`;
      };
      const { args: _, ...withoutFlag } = sources;
      if (flag !== undefined) assert.match(shown(sources), / flag$/);
      if (env !== undefined) assert.match(shown(withoutFlag), / env$/);
      assert.match(shown({ file: sources.file }), / file$/);
      assert.match(shown({}), / default$/);
      // The same is read from each.
      if (env !== undefined)
        assert.equal(
          shown(withoutFlag).replace(/ env$/, ""),
          shown({ file: sources.file }).replace(/ file$/, ""),
        );
    });
  }

  it("a variable set to nothing is not set", () => {
    for (const setting of ALL_SETTINGS) {
      for (const env of setting.envs)
        assert.equal(setting.shown(...asked({ env: { [env]: "" } })).origin.kind, "default", env);
    }
  });

  it("shows no value of a header and no password", () => {
    const env = {
      JOBTRACE_FORWARD: "http://me:secret@otel.example?key=secret",
      JOBTRACE_FORWARD_HEADERS: "authorization=Bearer%20secret,x=secret,secret",
    };
    const shown = ALL_SETTINGS.map((each) => each.shown(...asked({ env })).value).join(" ");
    assert.equal(shown.includes("secret"), false, shown);
    assert.match(shown, /authorization=\*\*\*/);
  });

  it("NO_COLOR counts whatever it says; FORCE_COLOR=0 does not", () => {
    const colour = (env: Record<string, string>, file?: object): string =>
      SETTINGS.color.of(...asked({ env, file }));
    assert.equal(colour({ NO_COLOR: "0" }), "never");
    assert.equal(colour({ NO_COLOR: "1", FORCE_COLOR: "1" }, { color: "always" }), "never");
    assert.equal(colour({ FORCE_COLOR: "0" }), "auto");
    assert.equal(colour({ CLICOLOR_FORCE: "1" }, { color: "never" }), "always");
  });
});

describe("flattenConfig()", () => {
  const flatten = (document: unknown): ReadonlyMap<string, string> =>
    flattenConfig(document, "./jobtrace.json", "/srv/shop");

  it("takes paths from the folder of the file", () => {
    assert.equal(flatten({ store: ".jobtrace" }).get("store"), "/srv/shop/.jobtrace");
    assert.equal(flatten({ store: "/x" }).get("store"), "/x");
    assert.equal(
      flatten({ forward: { certificate: "a.pem" } }).get("forward.certificate"),
      "/srv/shop/a.pem",
    );
  });

  for (const [document, message] of [
    [{ retenton: "7d" }, "unknown key retenton: did you mean retention?"],
    [
      { retention: { max_agee: "7d" } },
      "unknown key retention.max_agee: did you mean retention.max_age?",
    ],
    [
      { forward: { endpiont: "x" } },
      "unknown key forward.endpiont: did you mean forward.endpoint?",
    ],
    [
      { forward_as_received: { mode: "job" } },
      "unknown key forward_as_received.mode; jobtrace config lists them",
    ],
    [{ colour: "always" }, "unknown key colour: did you mean color?"],
    [{ __proto__: null, toString: "x" }, "unknown key toString; jobtrace config lists them"],
    [{ listen: 4318 }, "listen must be a text"],
    [{ ascii: "yes" }, "ascii must be true or false"],
    [{ retention: 7 }, "retention must be a text or an object"],
    [
      { retention: { max_bytes: -1 } },
      'retention.max_bytes must be a number of bytes or a text such as "5GB"',
    ],
    [{ correlation_keys: "a" }, "correlation_keys must be a list of texts"],
    [[], "the whole of it must be an object"],
    [null, "the whole of it must be an object"],
  ] as const) {
    it(`refuses ${JSON.stringify(document)}: ${message}`, () => {
      assert.throws(() => flatten(document), new UsageError(`./jobtrace.json: ${message}`));
      assert.equal(keepsSchema("config-v1", document), false);
    });
  }

  it("agrees with the schema for editors on every key and every type", () => {
    const types: readonly unknown[] = [
      "text",
      7,
      -1,
      1.5,
      true,
      null,
      ["a"],
      [1],
      {},
      { a: "b" },
      { a: 1 },
    ];
    const { $defs } = JSON.parse(readFileSync("schema/config-v1.json", "utf8")) as {
      readonly $defs: { readonly file: { readonly properties: object } };
    };
    assert.deepEqual(Object.keys($defs.file.properties).sort(), Object.keys(CONFIG_SHAPE).sort());
    const documents = Object.entries(CONFIG_SHAPE).flatMap(([key, shape]) => [
      ...types.map((value) => ({ [key]: value })),
      ...(typeof shape === "string"
        ? []
        : Object.keys(shape.parts).flatMap((part) =>
            types.map((value) => ({ [key]: { [part]: value } })),
          )),
    ]);
    for (const document of documents) {
      const text = JSON.stringify(document);
      // Which words a text may be is said by the schema and, when it is used, by the setting.
      if (text.includes('"text"')) continue;
      let taken = true;
      try {
        flatten(document);
      } catch {
        taken = false;
      }
      assert.equal(taken, keepsSchema("config-v1", document), text);
    }
    for (const [key, [, value]] of Object.entries(SAMPLES))
      assert.ok(keepsSchema("config-v1", documentOf(key, value)), key);
  });
});
