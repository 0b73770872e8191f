/** A recorded run in which every text that a sender chooses also tries to take over the terminal, in a store of its own. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";
import { CHARGE, chargeLogs } from "../end-to-end/log-lines.js";
import { jobtrace } from "../end-to-end/serve-process.js";
import { requestOf, sidekiqAttributes } from "../otlp-request.js";
import { recordedRun } from "../recorded-runs.js";

const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;

/** A line that no command prints by itself. */
export const FORGED = "FORGED LINE";

/**
 * Colour, the window's title, a link, 8-bit controls, marks that turn text around or are not seen, NUL, separators of
 * lines, line breaks; and letters that are not ASCII.
 */
export const HOSTILE = [
  "\x1b[31;7m",
  "\x1b]0;owned\x07",
  "\x1b]8;;http://evil.example\x1b\\",
  "\x9b2J\x85\x90q\x9c",
  "\u202e\u2066\u200b\ufeff",
  "\r\t\b\0\x7f\u2028\u2029",
  `\u00e9\u540d\u524d\u{1f600}\n${FORGED}\n`,
].join("");

/** The job of three attempts and log lines, under the jid that it has in this store. */
export const HOSTILE_JID = CHARGE + HOSTILE;

/** What tells which library a span is of; everything else is only shown. */
const KEPT = new Set(["messaging.system", "messaging.active_job.adapter.name"]);

/** Imports it into `folder`; gives the store's path. */
export async function hostileStore(folder: string): Promise<string> {
  const files = join(folder, "files");
  mkdirSync(files);
  const names = recordedRun("shop-link-full").bodies.map((body, at) => {
    const file = join(files, `${at}.pb`);
    const request = ExportTraceServiceRequest.decode(gunzipSync(body));
    spoil(request);
    writeFileSync(file, ExportTraceServiceRequest.encode(request).finish());
    return file;
  });
  const logs = JSON.parse(chargeLogs()) as object;
  spoil(logs);
  writeFileSync(join(files, "logs.json"), JSON.stringify(logs));
  const store = join(folder, "store");
  const { code, stderr } = await jobtrace([
    "import",
    "-q",
    ...names,
    join(files, "logs.json"),
    `--store=${store}`,
  ]);
  assert.equal(code, 0, stderr);
  return store;
}

/** Every text below it, but for the scope's name, which says which library a span is of, and ids in hex. */
function spoil(value: object): void {
  const pair = value as { readonly key?: unknown; readonly value?: { stringValue?: unknown } };
  if (typeof pair.key === "string" && KEPT.has(pair.key)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === "string") {
      if (isShown(name, value)) Object.assign(value, { [name]: inner + HOSTILE });
    } else if (typeof inner === "object" && inner !== null && !ArrayBuffer.isView(inner)) {
      if (name === "scope") continue;
      spoil(inner as object);
      if (name === "attributes") (inner as object[]).push(HOSTILE_ATTRIBUTE);
    }
  }
}

/** Keys are shown in full, too. */
const HOSTILE_ATTRIBUTE = { key: `key${HOSTILE}`, value: { stringValue: `value${HOSTILE}` } };

/** Names of spans and events, messages of statuses, levels and texts of log lines, values of attributes. */
function isShown(name: string, of: object): boolean {
  if (name === "key" || /Id$|Nano$/.test(name)) return false;
  return ["name", "message", "severityText", "stringValue", "eventName", "traceState"].includes(
    name,
  )
    ? name !== "name" || !("version" in of)
    : false;
}

export const LARGE_JID = "1a2b3c4d5e6f708192a3b4c5";

/** A job with a text of a megabyte in every field that is shown, and what is hostile throughout it. */
export async function largeStore(folder: string, length = 1_000_000): Promise<string> {
  const large = `${"SELECT x ".repeat(100)}${HOSTILE}`
    .repeat(Math.ceil(length / 900))
    .slice(0, length);
  const traceId = "c".repeat(32);
  const spans = [
    {
      traceId,
      spanId: "1".padStart(16, "0"),
      name: large,
      kind: 5,
      start: 1_000_000_000n,
      end: 9_000_000_000n,
      attributes: {
        ...sidekiqAttributes(LARGE_JID, large, large),
        "jobtrace.args": JSON.stringify([large]),
        request_id: large,
      },
      error: { type: large, message: large, stacktrace: large.replaceAll(" ", "\n") },
    },
    ...(
      [
        ["PG", { "db.system": "postgresql", "db.statement": large, "db.name": large }],
        ["Net::HTTP", { "http.method": "GET", "http.url": `http://host/${large}` }],
        ["Redis", { "db.system": "redis", "db.statement": `GET ${large}` }],
        ["app", { note: large }],
      ] as const
    ).map(([scope, attributes], at) => ({
      traceId,
      spanId: String(at + 2).padStart(16, "0"),
      parentSpanId: "1".padStart(16, "0"),
      name: large,
      kind: 3,
      start: 2_000_000_000n + BigInt(at) * 1_000_000_000n,
      end: 2_500_000_000n + BigInt(at) * 1_000_000_000n,
      scope,
      attributes,
    })),
  ];
  const file = join(folder, "large.pb");
  writeFileSync(file, requestOf(spans, { "service.name": large, "host.name": large }));
  const store = join(folder, "large");
  const { code, stderr } = await jobtrace(["import", "-q", file, `--store=${store}`]);
  assert.equal(code, 0, stderr);
  return store;
}
