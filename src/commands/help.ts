/** `jobtrace help [<command or topic>]`. */
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";
import { type CommandLine, nearest } from "./command-line.js";
import type { Command } from "./command.js";
import { COMMANDS, commandOf, commandWords, wordsOfGroup } from "./registry.js";

/** The width of a line's first column in the short help. */
const USAGE_WIDTH = 35;

/** What `jobtrace` alone prints. */
export function shortHelp(): string {
  const lines = Object.entries(COMMANDS)
    .filter(([name]) => wordsOfGroup(name.split(" ", 1)[0] ?? "").length === 0)
    .map(([name, { usage, summary }]) =>
      `  ${`jobtrace ${name} ${usage}`.padEnd(USAGE_WIDTH)}${summary}`.trimEnd(),
    );
  return `jobtrace: what one Sidekiq job did, from its OpenTelemetry spans

${lines.join("\n")}
  ${"jobtrace store info|verify|prune".padEnd(USAGE_WIDTH)}the files on disk

  topics of help: ${Object.keys(TOPICS).join(", ")}

  jobtrace inspect 8f3c1d0a          jobtrace list --state=failed --since=1h`;
}

const TOPICS: Readonly<Record<string, string>> = {
  ids: `An <id> is tried as these, in order; the first kind with a hit wins:

  1. a jid, whole
  2. the beginning of a jid or ActiveJob id, 4 characters or more
  3. an ActiveJob id (a UUID, with or without dashes)
  4. the job's trace id in Jaeger: 6a6f6274 and the jid
  5. a trace id of any of its spans, or 8 characters or more of its beginning
  6. a span id (16 hex digits)
  7. the id of a batch of Sidekiq Pro, where a span carries it as bid
  8. the value of an attribute that the application correlates by: correlation_id, request_id, http.request_id,
     http.request.header.x_request_id, or what correlation_keys in the configuration file names

For 6 to 8 the newest 4 GiB of spans are looked through. A pasted log line (jid=..., JID-...) or the address of a page
of jobtrace or Jaeger is taken apart first.

Instead of an id:

  @last, @last:ChargeJob        the newest job, of a class; * in it stands for anything
  @failed, @failed:Charge*      the newest that failed
  @slowest, @slowest:ChargeJob  the one whose last attempt took longest

An id that leads to several jobs prints them, and ends with 3.`,
  "exit-codes": `  0    done; also when the job that was shown had failed
  1    the answer is no: no such job, a damaged store, or doctor found something broken
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
With propagation_style: :child, scheduled jobs and retries send no spans; :link sends them all.

Optional, in config/initializers/jobtrace.rb (loads after opentelemetry.rb): the job id on every span, so that a killed
worker is seen, and worker, thread and retries. With JOBTRACE_ARGS=1 the arguments too.
  require "socket"

  module Jobtrace
    JID = OpenTelemetry::Context.create_key("jobtrace.jid")

    class Stamp < OpenTelemetry::SDK::Trace::SpanProcessor
      def on_start(span, parent)
        jid = parent.value(JID) || OpenTelemetry::Context.current.value(JID)
        span.set_attribute("jobtrace.jid", jid) if jid
      end
    end

    class Server
      include Sidekiq::ServerMiddleware

      def call(_job, msg, _queue)
        facts = {
          "jobtrace.class" => (msg["wrapped"] || msg["class"]).to_s,
          "jobtrace.queue" => msg["queue"].to_s,
          "jobtrace.worker" => "#{Socket.gethostname}:#{Process.pid}",
          "jobtrace.thread" => Thread.current["sidekiq_tid"].to_s,
          "jobtrace.retry" => msg["retry"].to_s
        }
        facts["jobtrace.retry_count"] = msg["retry_count"] if msg["retry_count"]
        facts["jobtrace.args"] = Sidekiq.dump_json(msg["args"]) if ENV["JOBTRACE_ARGS"] == "1"
        OpenTelemetry::Trace.current_span.add_attributes(facts)

        OpenTelemetry::Context.with_value(JID, msg["jid"]) do
          # Finished at once, so that a killed job is known to have started.
          OpenTelemetry.tracer_provider.tracer("jobtrace").start_span("jobtrace.start", attributes: facts).finish
          yield
        end
      end
    end
  end

  # After configure: a span processor given to it takes the exporter's place.
  OpenTelemetry.tracer_provider.add_span_processor(Jobtrace::Stamp.new)
  Sidekiq.configure_server { |c| c.server_middleware { |chain| chain.add Jobtrace::Server } }`,
};

const HELP_HELP = `jobtrace help [<command>|<topic>]: options, with examples

  jobtrace help inspect
  jobtrace help ids
`;

export const helpCommand: Command = {
  name: "help",
  help: HELP_HELP,
  options: {},
  takes: "words",
  offers: [...commandWords(), ...Object.keys(TOPICS)],
  run: help,
};

async function help(line: CommandLine, context: Context): Promise<ExitCode> {
  const [topic] = line.positionals;
  context.print(topic === undefined ? shortHelp() : (await helpOn(line.positionals)).trimEnd());
  return EXIT.done;
}

/** @throws UsageError */
async function helpOn(words: readonly string[]): Promise<string> {
  const [first = ""] = words;
  if (Object.hasOwn(TOPICS, first)) return TOPICS[first] ?? "";
  const [groupWord] = wordsOfGroup(first);
  const named = commandOf(words) ?? (groupWord && commandOf([first, groupWord]));
  if (named) return (await named.entry.load()).help;
  const near = nearest(first, [...commandWords(), ...Object.keys(TOPICS)]);
  throw new UsageError(`no help on ${first}${near === undefined ? "" : `: did you mean ${near}?`}`);
}
