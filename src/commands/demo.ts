/**
 * `jobtrace demo`: a recorded run, sent over OTLP/HTTP like any other, and what one of its jobs did. Needs no Ruby.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sendOtlp } from "../exporters/otlp-http.js";
import { formatAddress } from "../receiver/listen-address.js";
import { startCollector } from "./collector.js";
import { type Command, runCommand } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { inspectCommand } from "./inspect.js";
import { packageFolder } from "./package-folder.js";
import { SETTINGS } from "./settings/settings.js";

const DEMO_HELP = `jobtrace demo: send a recorded run and show one of its jobs; needs no Ruby

  jobtrace demo

Sends to the collector on 127.0.0.1:4318 if one runs, else to a temporary one with a store of its
own.

  --server=URL           the collector to send to
  --store=DIR            its store, to read the job from (JOBTRACE_STORE)
`;

/** A job of the recorded run that failed twice, each time of something else, and then completed. */
const SHOWN_JOB = "12c0218bd14de9ead7416414";

const LOCAL_COLLECTOR = "http://127.0.0.1:4318";

export const demoCommand: Command = {
  name: "demo",
  help: DEMO_HELP,
  options: { server: { takes: "text" }, store: { takes: "text", offers: "folders" } },
  takes: "none",
  run: demo,
};

async function demo(line: CommandLine, context: Context): Promise<ExitCode> {
  const server = line.text("server") ?? LOCAL_COLLECTOR;
  const running = await storeOfCollector(server);
  if (running !== undefined || line.text("server") !== undefined) {
    const store = line.text("store") ?? running ?? SETTINGS.store.of(line, context);
    return sendAndShow(server, store, line, context);
  }
  const store = mkdtempSync(join(tmpdir(), "jobtrace-demo-"));
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const collector = await startCollector(
    {
      store,
      listen,
      durability: { kind: "fsync" },
      diskFreeMin: 0,
      compress: true,
      tokens: [],
      onNotice: () => undefined,
    },
    context,
  );
  try {
    const [address] = collector.receiver.addresses;
    return await sendAndShow(
      `http://${formatAddress(address ?? { host: "127.0.0.1", port: 0 })}`,
      store,
      line,
      context,
    );
  } finally {
    await collector.stop();
  }
}

/** Where the collector at `endpoint` keeps its spans; undefined when none answers there. */
async function storeOfCollector(endpoint: string): Promise<string | undefined> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(500) });
    return /^jobtrace [^\n]*\nstore ([^\n]+)/.exec(await response.text())?.[1];
  } catch {
    // Nobody listens there.
    return undefined;
  }
}

async function sendAndShow(
  endpoint: string,
  store: string,
  line: CommandLine,
  context: Context,
): Promise<ExitCode> {
  const folder = join(packageFolder(), "demo");
  for (const name of readdirSync(folder)
    .filter((each) => each.endsWith(".pb.gz"))
    .sort()) {
    const result = await sendOtlp(endpoint, "/v1/traces", {
      bytes: readFileSync(join(folder, name)),
      isGzip: true,
      format: "protobuf",
    });
    if (result.kind !== "accepted") {
      context.note(`jobtrace: ${endpoint} did not take the recorded run: ${result.message}`);
      return EXIT.unreadable;
    }
  }
  const isDefault = line.text("store") === undefined && store === SETTINGS.store.of(line, context);
  const option = isDefault ? "" : ` --store=${store}`;
  context.print(`$ jobtrace inspect ${SHOWN_JOB.slice(0, 8)}${option}`);
  const code = await runCommand(inspectCommand, [SHOWN_JOB, `--store=${store}`], context);
  context.print("");
  context.print(`The other jobs of this run:  jobtrace list${option}`);
  return code;
}
