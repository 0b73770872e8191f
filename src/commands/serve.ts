/** `jobtrace serve`: receive, store, and say once what is worth knowing. */
import { countText } from "../jobscope/model/count-text.js";
import { safeText } from "../jobscope/inspect/safe-text.js";
import { openFileStoreReader } from "../jobscope/store/file-store-reader.js";
import type { RetentionLimits } from "../jobscope/store/retention-plan.js";
import { indexBatch } from "../processor/batch-index.js";
import { formatAddress } from "../receiver/listen-address.js";
import { foreignExporter } from "../receiver/foreign-exporter.js";
import type { Notice } from "../receiver/notice.js";
import { ListenError } from "../receiver/start-receiver.js";
import { type Collector, startCollector } from "./collector.js";
import type { ForwardTarget } from "../exporters/forward-target.js";
import { type Forwarding, startForwarding } from "../exporters/start-forwarding.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import { FORWARD_OPTIONS, forwardTargets } from "./forward-options.js";
import { forwardChangeText } from "./forward-text.js";
import { forwardHealth } from "./store-forwarding.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { exposureTexts } from "./exposure-texts.js";
import { holderOfPort } from "./port-holder.js";
import { SETTINGS } from "./settings/settings.js";
import { droppedText, lostTexts } from "./dropped-text.js";
import { limitsText } from "./settings/retention-setting.js";

const SERVE_HELP = `jobtrace serve: receive OpenTelemetry spans and keep them

  jobtrace serve
  jobtrace serve --listen=0.0.0.0:4318 --store=/var/lib/jobtrace

Then, in the shell that starts Sidekiq and Rails:
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318

  --listen=HOST:PORT     several with commas (JOBTRACE_LISTEN); default 127.0.0.1 and ::1, ports
                         4318 and 4317. Each port takes OTLP/HTTP (protobuf and JSON) and OTLP/gRPC.
                         With JOBTRACE_TOKEN=SECRET senders need it:
                         OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20SECRET
  --store=DIR            where to keep spans (JOBTRACE_STORE); default ./.jobtrace if it exists,
                         else ~/.local/state/jobtrace
  --durability=fsync     fsync: answer when the disk has it; interval=100ms: sync every so often,
                         survives a crash of jobtrace but not of the machine; none
  --compress=brotli      what to do with spans that came uncompressed, once their segment is closed;
                         none: keep them as they came, about four times as large
  --segment-size=64MiB   begin a new log file at this size; small ones are for tests
  --keep=30d             delete spans received longer ago: 30d, 12h, 90m; forever
  --keep-size=20GB       and the oldest while the store is larger: 20GB, 500MB, 20GiB. Whole
                         segments of 64 MiB or a day go at a time. Both: JOBTRACE_RETENTION=30d,20GB
  --keep-free=256MiB     refuse spans while the disk has less room than this, so that it is never
                         filled; 0: fill it
  --forward=ENDPOINT     send jobs on to Jaeger or another OTLP backend (JOBTRACE_FORWARD):
                         http://localhost:14318, localhost:14317, https://otel.example/v1/traces,
                         unix:/run/otel.sock. One trace for each job, and what is not sent yet stays
                         in the log until it is
  --forward-mode=job     job; or as-received: every span with the bytes it came in
                         (JOBTRACE_FORWARD_MODE)
  --forward-as-received=ENDPOINT   a second one, in that mode (JOBTRACE_FORWARD_AS_RECEIVED). The
                         exporter's options stand behind either name: JOBTRACE_FORWARD_PROTOCOL
                         (grpc, http/protobuf), _HEADERS, _COMPRESSION (gzip, none, as-it-is),
                         _TIMEOUT, _CERTIFICATE, _CLIENT_KEY, _CLIENT_CERTIFICATE, _INSECURE
  --jaeger-ui=URL        where Jaeger's pages are (JOBTRACE_JAEGER_UI): http://localhost:16686

Each of these may also stand in a file: jobtrace help config.
`;

export const serveCommand: Command = {
  name: "serve",
  help: SERVE_HELP,
  options: {
    listen: { takes: "text" },
    store: { takes: "text", offers: "folders" },
    durability: { takes: "text", offers: ["fsync", "interval=100ms", "none"] },
    compress: { takes: "text", offers: ["brotli", "none"] },
    "segment-size": { takes: "text" },
    keep: { takes: "text" },
    "keep-size": { takes: "text" },
    "keep-free": { takes: "text" },
    ...FORWARD_OPTIONS,
    "jaeger-ui": { takes: "text" },
  },
  takes: "none",
  endsOnSignal: true,
  run: serve,
};

async function serve(line: CommandLine, context: Context): Promise<ExitCode> {
  const store = SETTINGS.store.of(line, context);
  const retention = SETTINGS.retention.of(line, context);
  const say = (text: string): void => context.print(`${clock(context)}  ${text}`);
  const listen = SETTINGS.listen.of(line, context);
  const targets = forwardTargets(line, context, listen);
  const options = {
    store,
    listen,
    health: () => forwardHealth(store, forwarding?.statuses() ?? []),
    durability: SETTINGS.durability.of(line, context),
    diskFreeMin: SETTINGS.keepFree.of(line, context),
    tokens: SETTINGS.token.of(line, context),
    compress: SETTINGS.compress.of(line, context),
    segmentBytesMax: SETTINGS.segmentSize.of(line, context),
    onNotice: (notice: Notice) => {
      const text = noticeText(notice);
      if (text !== undefined) say(text);
    },
  };
  let forwarding: Forwarding | undefined;
  let collector: Collector;
  try {
    collector = await startCollector(options, context);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    for (const text of await portTaken(error)) context.note(text);
    return EXIT.unreadable;
  }
  await announce(collector, options, retention, targets, context);
  forwarding = forward(targets, store, context.version, say);
  collector.keep({
    needs: forwarding.needs,
    limits: retention,
    onDropped(dropped) {
      say(`deleted ${droppedText(dropped.drops, retention)}`);
      for (const text of lostTexts(dropped.lost)) say(text);
    },
    onFailed: ({ message }) => say(`! cannot delete old spans: ${safeText(message)}`),
  });
  const failure = await Promise.race([aborted(context.signal), collector.writer.failed]);
  if (failure !== undefined) {
    context.note(`jobtrace: stopped: ${safeText(failure.message)}`);
    await forwarding.stop();
    await collector.stop();
    return EXIT.unreadable;
  }
  context.print("Stopping: requests under way are answered first.");
  await forwarding.stop();
  await collector.stop();
  context.print("Stopped: store closed.");
  return EXIT.done;
}

function forward(
  targets: readonly ForwardTarget[],
  store: string,
  version: string,
  say: (text: string) => void,
): Forwarding {
  return startForwarding(targets, {
    store,
    userAgent: `jobtrace/${version}`,
    onStatus(status, before) {
      const text = forwardChangeText(status, before);
      if (text !== undefined) say(text);
    },
    onNotice: (text) => say(safeText(text)),
    onFailed: ({ name }, { message }) =>
      say(
        `! forward: ${safeText(name)} failed and goes on at the next start: ${safeText(message)}`,
      ),
  });
}

async function announce(
  { receiver, writer }: Collector,
  { store, tokens }: { readonly store: string; readonly tokens: readonly string[] },
  limits: RetentionLimits,
  targets: readonly ForwardTarget[],
  context: Context,
): Promise<void> {
  const reader = openFileStoreReader(store, { indexBatch });
  const info = await reader.info();
  await reader.close();
  const [first] = receiver.addresses;
  const endpoint = `http://${formatAddress(first ?? { host: "127.0.0.1", port: 4318 })}`;
  const { tornBytes, damage } = writer.recovery;
  const recovered =
    tornBytes > 0 ? `, recovered: ${tornBytes} bytes of an unfinished record set aside` : "";
  const damaged =
    damage.length > 0
      ? `, ${damage.length} damaged ${damage.length === 1 ? "stretch" : "stretches"} skipped`
      : "";
  const lines = [
    `jobtrace ${context.version}  node ${process.versions.node}  pid ${process.pid}`,
    "",
    ...receiver.addresses.map(
      (address, at) => `  ${at === 0 ? "receive" : "       "}   http://${formatAddress(address)}`,
    ),
    "            OTLP/HTTP (protobuf, JSON) and OTLP/gRPC on each",
    `  store     ${safeText(store)}  ${countText(info.spanCount)} spans, ${megabytes(info.bytes)}${recovered}${damaged}`,
    `  keep      ${limitsText(limits)}`,
    ...targets.map(({ name, mode }) => `  forward   ${safeText(name)}  ${mode}`),
    "",
    "Ready. In the shell that starts Sidekiq and Rails:",
    `  export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    "",
  ];
  for (const text of lines) context.print(text);
  for (const text of exposureTexts(receiver.addresses, store, tokens.length > 0))
    context.note(text);
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${countText(Math.round(bytes / 1_000_000))} MB`;
}

function clock(context: Context): string {
  return new Date(Number(context.now() / 1_000_000n)).toISOString().slice(11, 19);
}

/** undefined: nothing to say. */
function noticeText(notice: Notice): string | undefined {
  switch (notice.kind) {
    case "sender":
      return `first spans from ${safeText(notice.userAgent === "" ? "a sender without a user agent" : notice.userAgent)}`;
    case "tls_client":
      return "! a TLS client connected: use http://, not https://";
    case "wrong_path": {
      const foreign = foreignExporter(notice.path);
      if (foreign !== undefined)
        return `! a ${foreign.name} exporter is connected (${safeText(notice.userAgent)}): use the gem opentelemetry-exporter-otlp; it was told so`;
      return `! ${safeText(notice.userAgent)} posts to ${safeText(notice.path)}: spans go to /v1/traces; it was told so`;
    }
    case "signal_not_kept":
      return `${notice.signal} are received and not kept, and their sender is told so; spans and logs are kept`;
    case "refused":
      return `! a request was refused: ${safeText(notice.reason)}`;
  }
}

async function portTaken({ address, code, message }: ListenError): Promise<readonly string[]> {
  if (code !== "EADDRINUSE")
    return [`jobtrace: ${message}`, "choose another address with --listen=127.0.0.1:4319"];
  const holder = await holderOfPort(address.port);
  const by = holder === undefined ? "" : ` by "${safeText(holder.name)}" (pid ${holder.pid})`;
  return [
    `jobtrace: ${formatAddress(address)} is in use${by}.`,
    "Jaeger and the OpenTelemetry Collector listen on 4317 and 4318 by default. Either",
    "  run Jaeger on other ports    docker compose -f docker-compose.jaeger.yml up -d",
    `  or start                     jobtrace serve --listen=127.0.0.1:${address.port + 1}`,
  ];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
