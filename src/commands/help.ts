/** `jobtrace help [<command or topic>]`. */
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";
import { nearest } from "./command-line.js";

export const SHORT_HELP = `jobtrace: what one Sidekiq job did, from its OpenTelemetry spans

  jobtrace serve                     receive spans and keep them
  jobtrace inspect <id>              one job, as a timeline
  jobtrace list                      jobs, newest first
  jobtrace import <file>...          read OTLP requests from files
  jobtrace store info|verify|prune   the files on disk
  jobtrace demo                      a recorded run, without Ruby
  jobtrace help [<command>|<topic>]  topics: ids, exit-codes, ruby
  jobtrace version

  jobtrace inspect 8f3c1d0a          jobtrace list --state=failed --since=1h`;

const TOPICS: Readonly<Record<string, string>> = {
  ids: `An <id> is tried as these, in order; the first kind with a hit wins:

  1. a jid, whole
  2. the beginning of a jid or ActiveJob id, 4 characters or more
  3. an ActiveJob id (a UUID, with or without dashes)
  4. the job's trace id in Jaeger: 6a6f6274 and the jid
  5. a trace id of any of its spans, or 8 characters or more of its beginning

A pasted log line (jid=..., JID-...) or a link that ends in an id is taken apart first.`,
  "exit-codes": `  0    done; also when the job that was shown had failed
  1    the answer is no: no such job, or a damaged store
  2    usage: an unknown option, a bad value
  3    ambiguous: the id matches several jobs
  4    the store or the collector cannot be read, or an address is in use
  5    the job did not complete; only with --exit-status
  130  interrupted`,
  ruby: `In the Gemfile:
  gem "opentelemetry-sdk"
  gem "opentelemetry-exporter-otlp"
  gem "opentelemetry-instrumentation-all"

In config/initializers/opentelemetry.rb:
  require "opentelemetry/sdk"
  require "opentelemetry/instrumentation/all"
  OpenTelemetry::SDK.configure do |c|
    c.use_all("OpenTelemetry::Instrumentation::Sidekiq" => { propagation_style: :link })
  end

In the shell that starts Sidekiq and Rails:
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318

Ruby sends every 5 seconds, over http/protobuf only: leave OTEL_EXPORTER_OTLP_PROTOCOL unset.
With propagation_style: :child, scheduled jobs and retries send no spans; :link sends them all.`,
};

/** The helps of the commands are loaded only when asked for: `inspect` must start without the receiver. */
const COMMAND_HELPS: Readonly<Record<string, () => Promise<string>>> = {
  serve: async () => (await import("./serve.js")).SERVE_HELP,
  inspect: async () => (await import("./inspect.js")).INSPECT_HELP,
  list: async () => (await import("./list.js")).LIST_HELP,
  import: async () => (await import("./import.js")).IMPORT_HELP,
  demo: async () => (await import("./demo.js")).DEMO_HELP,
  store: async () => (await import("./store.js")).STORE_HELP,
};

export async function help(args: readonly string[], context: Context): Promise<ExitCode> {
  const [topic] = args;
  if (topic === undefined) {
    context.print(SHORT_HELP);
    return EXIT.done;
  }
  const text = (await COMMAND_HELPS[topic]?.()) ?? TOPICS[topic];
  if (text === undefined) {
    const near = nearest(topic, [...Object.keys(COMMAND_HELPS), ...Object.keys(TOPICS)]);
    throw new UsageError(
      `no help on ${topic}${near === undefined ? "" : `: did you mean ${near}?`}`,
    );
  }
  context.print(text.trimEnd());
  return EXIT.done;
}
