# frozen_string_literal: true

# OpenTelemetry as its own documentation sets it up: stock gems, no code of jobtrace's.
# The endpoint and the service name come from OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME.
require "opentelemetry/sdk"
require "opentelemetry/exporter/otlp"
require "opentelemetry-logs-sdk"
require "opentelemetry/exporter/otlp_logs"
require "opentelemetry-instrumentation-active_job"
require "opentelemetry-instrumentation-faraday"
require "opentelemetry-instrumentation-logger"
require "opentelemetry-instrumentation-net_http"
require "opentelemetry-instrumentation-pg"
require "opentelemetry-instrumentation-redis"
require "opentelemetry-instrumentation-sidekiq"

style = ENV.fetch("PROPAGATION_STYLE").to_sym

OpenTelemetry::SDK.configure do |config|
  config.use "OpenTelemetry::Instrumentation::Sidekiq", { propagation_style: style }
  config.use "OpenTelemetry::Instrumentation::ActiveJob", { propagation_style: style }
  config.use "OpenTelemetry::Instrumentation::PG"
  config.use "OpenTelemetry::Instrumentation::Redis"
  config.use "OpenTelemetry::Instrumentation::Net::HTTP"
  config.use "OpenTelemetry::Instrumentation::Faraday"
  config.use "OpenTelemetry::Instrumentation::Logger"
end
