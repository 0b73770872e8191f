# frozen_string_literal: true

# The jobs of a small shop, one for each thing a job can do or have done to it. They use a real PostgreSQL
# (DATABASE_URL), a real Redis (REDIS_URL) and a real HTTP server (BILLING_URL).
require "active_job"
require "faraday"
require "net/http"
require "pg"
require "sidekiq"
require_relative "telemetry"

# Sidekiq defines the job in which it runs an ActiveJob only when all of Rails is there (sidekiq/rails.rb). This is that job.
module Sidekiq
  module ActiveJob
    class Wrapper
      include Sidekiq::Job

      def perform(job_data)
        ::ActiveJob::Base.execute(job_data.merge("provider_job_id" => jid))
      end
    end
  end
end

ActiveJob::Base.queue_adapter = :sidekiq
ActiveJob::Base.logger = nil

module Shop
  BILLING = URI(ENV.fetch("BILLING_URL"))

  # A connection per job, so that each job's spans hold everything it did.
  def self.db
    connection = PG.connect(ENV.fetch("DATABASE_URL"))
    yield connection
  ensure
    connection&.close
  end

  def self.post(path)
    Net::HTTP.start(BILLING.host, BILLING.port, read_timeout: 0.2, max_retries: 0) { |http| http.post(path, "{}") }
  end
end

# Reads, writes in two tables in one transaction, calls out, writes to Redis and enqueues another job.
class SendInvoiceJob
  include Sidekiq::Job

  def perform(order)
    Shop.db do |db|
      total = db.exec_params("SELECT total FROM orders WHERE id = $1", [order]).getvalue(0, 0)
      db.transaction do
        db.exec_params("INSERT INTO invoices (order_id, total) VALUES ($1, $2)", [order, total])
        db.exec_params("UPDATE orders SET state = 'invoiced' WHERE id = $1", [order])
      end
    end
    logger.warn("order #{order} is invoiced")
    Shop.post("/charge?token=tok_secret_#{order}")
    Sidekiq.redis { |redis| redis.call("SETEX", "invoice:#{order}", 60, "sent") }
    ReceiptJob.perform_async(order)
  end
end

# One HTTP request through Faraday.
class ReceiptJob
  include Sidekiq::Job
  sidekiq_options queue: "mailers"

  def perform(order)
    Faraday.get("#{Shop::BILLING}/receipts/#{order}")
  end
end

# Fails twice, each time with another error, then completes. The first failure leaves a committed row behind,
# and the row makes the second.
class ChargeJob
  include Sidekiq::Job
  sidekiq_options retry: 5
  sidekiq_retry_in { 1 }

  def perform(order)
    attempt = Sidekiq.redis { |redis| redis.call("INCR", "charge:#{jid}") }
    Shop.db do |db|
      db.transaction do
        db.exec_params("DELETE FROM invoices WHERE order_id = $1", [order]) if attempt == 3
        db.exec_params("INSERT INTO invoices (order_id, total) VALUES ($1, 1)", [order])
      end
    end
    Shop.post(attempt == 1 ? "/slow" : "/charge")
  end
end

# Writes, then raises inside the transaction; never retried.
class RollbackJob
  include Sidekiq::Job
  sidekiq_options retry: false

  def perform(order)
    Shop.db do |db|
      db.transaction do
        db.exec_params("UPDATE orders SET state = 'cancelled' WHERE id = $1", [order])
        raise ArgumentError, "order #{order} was paid"
      end
    end
  end
end

# Enqueues once inside its open transaction and schedules once after it.
class CheckoutJob
  include Sidekiq::Job

  def perform(order)
    Shop.db do |db|
      db.transaction do
        db.exec_params("UPDATE orders SET state = 'paid' WHERE id = $1", [order])
        ReceiptJob.perform_async(order)
      end
    end
    ReceiptJob.perform_in(1, order)
  end
end

# An ActiveJob: its work lies in a trace of its own beside Sidekiq's.
class WelcomeMailJob < ActiveJob::Base
  queue_as :mailers

  def perform(order)
    Shop.db { |db| db.exec_params("UPDATE orders SET state = 'welcomed' WHERE id = $1", [order]) }
  end
end
