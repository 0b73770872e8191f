/** What a hostile sender or neighbour gets from the built server: nothing on the terminal, nothing of the files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { jobtrace, MAIN } from "../end-to-end/serve-process.js";
import { requestOf, sidekiqAttributes } from "../otlp-request.js";
import { post, talk } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Clear the screen, set the title, a link to a file, the clipboard, C1's CSI, bidi and zero-width characters. */
const ESCAPES =
  "\u001b[2J\u001b]0;pwn\u0007\u001b]8;;file:///etc/passwd\u001b\\ok\u001b]52;c;eA==\u0007\u001bP1\u001b\\\u009b31m\r\u007f\u202e\u2066\u200b\nfaked line";
/** C0 but for the newline, DEL, C1, and what turns text around. */
const WEAPONS = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

interface Serve {
  readonly port: number;
  output(): string;
  stop(): Promise<void>;
}

/** With a umask that hides nothing. */
async function startOpenly(store: string): Promise<Serve> {
  const command = `umask 000; exec "${process.execPath}" ${MAIN} serve --listen=127.0.0.1:0 --store="${store}" 2>&1`;
  const child = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!said.includes("Ready.")) await once(child.stdout, "data");
  return {
    port: Number(/receive\s+http:\S+:(\d+)/.exec(said)?.[1]),
    output: () => said,
    async stop() {
      child.kill("SIGTERM");
      await once(child, "close");
    },
  };
}

describe("the built server, against hostile senders", () => {
  const folder = temporaryFolder();
  let serve: Serve;
  beforeEach(async () => {
    serve = await startOpenly(join(folder(), "store"));
  });
  afterEach(() => serve.stop());

  it("X8: makes its folder and files readable for its owner only, whatever the umask", async () => {
    const at = { host: "127.0.0.1", port: serve.port };
    assert.equal((await post(at)).status, 200);
    const root = join(folder(), "store");
    const files = readdirSync(root, { recursive: true, withFileTypes: true });
    assert.ok(files.length > 1);
    const modes = [root, ...files.map((file) => join(file.parentPath, file.name))].map(
      (path) => [path, statSync(path).mode & 0o077] as const,
    );
    assert.deepEqual(
      modes.filter(([, mode]) => mode !== 0),
      [],
    );
  });

  it("X8: warns of a folder that others may write to", async () => {
    const open = join(folder(), "open");
    mkdirSync(open, { mode: 0o700 });
    chmodSync(open, 0o777);
    const other = await startOpenly(open);
    await other.stop();
    assert.ok(
      other.output().includes(`others on this machine may change the store: chmod go-w ${open}`),
    );
    assert.doesNotMatch(serve.output(), /others on this machine/);
  });

  it("X26: tells of senders and paths without letting them write on the terminal", async () => {
    // As bytes: C1 and bidi. HTTP itself refuses the others.
    const odd = Buffer.from("\u009b31m\u202e\u2066\u200b", "utf8").toString("latin1");
    const line = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${odd}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n`;
    await talk(serve.port, [line("/v1/traces")]);
    await talk(serve.port, [line("/v1/nowhere%0aready")]);
    const socket = connect(serve.port, "127.0.0.1");
    socket.end("no HTTP at all\u001b[2J\r\n\r\n");
    await once(socket.resume(), "close");
    assert.match(serve.output(), /first spans from/);
    assert.match(serve.output(), /posts to/);
    assert.doesNotMatch(serve.output(), WEAPONS);
    // Each notice is one line, and begins with the time.
    const notices = serve
      .output()
      .split("export OTEL_EXPORTER_OTLP_ENDPOINT")[1]
      ?.split("\n")
      .slice(2);
    for (const notice of notices ?? []) assert.match(notice, /^$|^\d\d:\d\d:\d\d  /);
  });

  it("X25: shows no value of a span that could drive a terminal, on a terminal or in JSON", async () => {
    const jid = "0123456789abcdef01234567";
    const start = 1_795_000_000_000_000_000n;
    const body = requestOf([
      {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        name: `default process${ESCAPES}`,
        kind: 5,
        start,
        end: start + 5_000_000n,
        attributes: {
          ...sidekiqAttributes(jid, `Job${ESCAPES}`, `q${ESCAPES}`),
          [ESCAPES]: ESCAPES,
        },
        error: { type: `E${ESCAPES}`, message: ESCAPES, stacktrace: ESCAPES },
      },
    ]);
    assert.equal((await post({ host: "127.0.0.1", port: serve.port }, { body })).status, 200);
    const store = `--store=${join(folder(), "store")}`;
    for (const args of [
      ["inspect", jid],
      ["inspect", jid, "--full"],
      ["inspect", jid, "--json"],
      ["list"],
    ]) {
      const { code, stdout, stderr } = await jobtrace([...args, store]);
      assert.ok(code !== null && stdout.length > 0, `${args.join(" ")}: ${code} ${stderr}`);
      assert.doesNotMatch(stdout + stderr, WEAPONS, args.join(" "));
    }
  });

  it("X28: decodes with static code and a protobufjs without known holes", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const [major = 0, minor = 0, patch = 0] = (dependencies["protobufjs"] ?? "")
      .split(".")
      .map(Number);
    assert.ok(major > 8 || (major === 8 && (minor > 6 || (minor === 6 && patch >= 6))));
    for (const file of readdirSync("dist/cli")) {
      const text = readFileSync(join("dist/cli", file), "utf8");
      assert.doesNotMatch(text, /new Function\(|[^.\w]eval\(/, file);
    }
  });
});
