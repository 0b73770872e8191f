# frozen_string_literal: true

# Enqueues the scenario as three kinds of caller would, and prints the jids as one JSON object.
require "json"
require_relative "jobs"

Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }

tracer = OpenTelemetry.tracer_provider.tracer("shop")
jids = {}

tracer.in_span("POST /orders", kind: :server) do
  jids["invoice"] = SendInvoiceJob.perform_async(1)
  jids["checkout"] = CheckoutJob.perform_async(2)
end

tracer.in_span("nightly") do
  jids["charge"] = ChargeJob.perform_async(3)
  jids["rollback"] = RollbackJob.perform_async(4)
  jids["bulk"] = ReceiptJob.perform_bulk([[5], [6], [7]])
end

jids["scheduled"] = ReceiptJob.perform_in(1, 8)
jids["welcome"] = WelcomeMailJob.perform_later(9).provider_job_id

# A process that ends sends nothing by itself.
OpenTelemetry.tracer_provider.shutdown
puts JSON.generate(jids)
