/** `jobtrace help ruby`: how an application sends its spans, and the initializer that adds what the gems leave out. */

export function rubyTopic(): string {
  return `In the Gemfile:
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

Optional, in config/initializers/jobtrace.rb (loads after opentelemetry.rb): the job id on every
span, so that a killed worker is seen, and worker, thread and retries. With JOBTRACE_ARGS=1 the
arguments too.
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
          tracer = OpenTelemetry.tracer_provider.tracer("jobtrace")
          tracer.start_span("jobtrace.start", attributes: facts).finish
          yield
        end
      end
    end
  end

  # After configure: a span processor given to it takes the exporter's place.
  OpenTelemetry.tracer_provider.add_span_processor(Jobtrace::Stamp.new)
  Sidekiq.configure_server { |c| c.server_middleware { |chain| chain.add Jobtrace::Server } }`;
}
