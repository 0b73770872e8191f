/** `export` and `import` of the built command: there and back, what is refused, files that are whole or not there. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EXPORT_FORMAT_NAMES } from "../../src/jobscope/export/formats.js";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, chargeLogs, FILES } from "./log-lines.js";
import { jobtrace, MAIN } from "./serve-process.js";

const CHECKOUT = "@last:CheckoutJob";

describe("jobtrace export", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  const other = (): string => `--store=${folder()}/other`;
  beforeEach(async () => {
    const logs = join(folder(), "logs.json");
    writeFileSync(logs, chargeLogs());
    const { code, stderr } = await jobtrace(["import", ...FILES, logs, store()]);
    assert.equal(code, 0, stderr);
  });

  const documentOf = async (jid: string, from: string): Promise<Record<string, unknown>> => {
    const { stdout } = await jobtrace(["inspect", jid, "--json", "--logs", from]);
    return { ...(JSON.parse(stdout) as Record<string, unknown>), as_of: null };
  };

  it("and import give the same job, logs and all, through a file, gzip, a list and stdin", async () => {
    const file = join(folder(), "jobs.jsonl");
    const all = ["export", "--since=3650d", "-f", "otlp-json"];
    const written = await jobtrace([...all, "-o", file, store()]);
    assert.deepEqual([written.code, written.stdout], [0, ""]);
    assert.match(written.stderr, /^\d+ jobs written to .*jobs\.jsonl\n$/);
    const text = readFileSync(file, "utf8");
    const lines = text.trimEnd().split("\n");
    assert.ok(lines.some((line) => line.startsWith('{"resourceLogs"')));

    const list = join(folder(), "list.json");
    writeFileSync(
      list,
      JSON.stringify(
        lines.map((line) => JSON.parse(line) as unknown),
        null,
        2,
      ),
    );
    const packed = join(folder(), "jobs.jsonl.gz");
    writeFileSync(packed, gzipSync(text));
    for (const [way, path] of Object.entries({ file, list, packed })) {
      const into = `--store=${folder()}/from-${way}`;
      const { code, stdout, stderr } = await jobtrace(["import", path, into]);
      assert.deepEqual([code, stderr], [0, ""], way);
      assert.match(
        stdout,
        new RegExp(`: \\d+ spans, \\d+ log lines in ${lines.length} requests\n$`),
      );
      assert.deepEqual(await documentOf(CHARGE, into), await documentOf(CHARGE, store()), way);
    }

    const piped = spawn(process.execPath, [MAIN, "import", "-", other()], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    piped.stdin.end(text);
    assert.deepEqual(await once(piped, "exit"), [0, null]);
    assert.deepEqual(await documentOf(CHARGE, other()), await documentOf(CHARGE, store()));
    const again = await jobtrace([...all, other()]);
    assert.equal(again.stdout, text);
  });

  it("imports what can be read of a file with a broken line, and says which is broken", async () => {
    const { stdout } = await jobtrace(["export", CHARGE, "-f", "otlp-json", store()]);
    const file = join(folder(), "broken.jsonl");
    writeFileSync(file, `${stdout}no request\n{"resourceSpans":[{}`);
    const imported = await jobtrace(["import", file, other()]);
    assert.equal(imported.code, 1);
    assert.match(
      imported.stderr,
      /broken\.jsonl: line \d+ holds no JSON object\n.*its last request is cut off\n$/,
    );
    assert.equal((await jobtrace(["inspect", CHARGE, other()])).code, 0);
  });

  it("prints the same bytes each time and nothing beside the document", async () => {
    for (const format of EXPORT_FORMAT_NAMES) {
      const args = ["export", CHARGE, CHECKOUT, `--format=${format}`, "-q", store()];
      const [first, second] = [await jobtrace(args), await jobtrace(args, { TZ: "Asia/Tokyo" })];
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      assert.equal(first.stdout, second.stdout);
      assert.ok(first.stdout.endsWith("\n") && !first.stdout.endsWith("\n\n"));
    }
  });

  it("ends silently with 0 when nobody reads on", async () => {
    for (const format of EXPORT_FORMAT_NAMES) {
      const command = `"${process.execPath}" ${MAIN} export --since=3650d -q -f ${format} ${store()}`;
      const script = `${command} | head -n 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      assert.deepEqual([status, stdout, stderr], [0, "0\n", ""], format);
    }
  });

  it("writes a file whole or not at all", async () => {
    const file = join(folder(), "out", "job.json");
    const missing = await jobtrace(["export", CHARGE, "-f", "jaeger", "-o", file, store()]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^jobtrace: cannot write .*job\.json: there is no such folder\n$/);

    mkdirSync(join(folder(), "out"));
    writeFileSync(file, "before");
    const unknown = await jobtrace([
      "export",
      CHARGE,
      "ffffffff",
      "-f",
      "jaeger",
      "-o",
      file,
      store(),
    ]);
    assert.equal(unknown.code, 1);
    assert.equal(readFileSync(file, "utf8"), "before");

    const link = join(folder(), "link.json");
    symlinkSync(file, link);
    assert.equal((await jobtrace(["export", CHARGE, "-f", "jaeger", "-o", link, store()])).code, 0);
    assert.match(readFileSync(file, "utf8"), /^\{"data":\[/);
    assert.deepEqual(readdirSync(join(folder(), "out")), ["job.json"]);
    assert.equal(
      (await jobtrace(["export", CHARGE, "-f", "jaeger", "-o", folder(), store()])).code,
      2,
    );
  });

  it("replaces values for people unless told not to, and says so", async () => {
    const file = join(folder(), "job.md");
    const args = ["export", CHARGE, "-f", "md", "-o", file, store()];
    const replaced = await jobtrace(args);
    assert.match(
      replaced.stderr,
      /values are replaced by \?; --no-redact keeps them\n1 job written/,
    );
    assert.match(readFileSync(file, "utf8"), /SET client_min_messages TO \?/);
    const kept = await jobtrace([...args, "--no-redact"]);
    assert.equal(kept.stderr, `1 job written to ${file}\n`);
    assert.match(readFileSync(file, "utf8"), /SET client_min_messages TO 'warning'/);
    for (const format of ["otlp-json", "jaeger", "chrome"]) {
      const { stdout } = await jobtrace(["export", CHARGE, "-f", format, "--redact", store()]);
      assert.match(stdout, /client_min_messages/);
      assert.ok(!stdout.includes("'warning'"), format);
    }
  });

  it("says what is missing or wrong, and writes nothing then", async () => {
    const cases: readonly (readonly [readonly string[], RegExp, number])[] = [
      [[CHARGE], /which format\? --format=otlp-json\|/, 2],
      [[CHARGE, "-f", "jager"], /did you mean jaeger\?/, 2],
      [["-f", "jaeger"], /which jobs\? jobtrace export <id>/, 2],
      [[CHARGE, "--since=1h", "-f", "jaeger"], /either ids or filters: got ids and --since/, 2],
      [[CHARGE, "--attempt=9", "-f", "jaeger"], /no such attempt/, 2],
      [[CHARGE, "--redact", "--no-redact", "-f", "md"], /contradict each other/, 2],
      [[CHARGE, "--attempt=0", "-f", "jaeger"], /is not a number from 1/, 2],
      [["--class=NoSuchJob", "-f", "jaeger"], /no job matches/, 1],
      [["ffffffff", "-f", "jaeger"], /no job/i, 1],
    ];
    for (const [args, message, code] of cases) {
      const run = await jobtrace(["export", ...args, store()]);
      assert.deepEqual([run.code, run.stdout], [code, ""], args.join(" "));
      assert.match(run.stderr, message);
    }
    assert.ok(!existsSync(join(folder(), "undefined")));
  });
});
