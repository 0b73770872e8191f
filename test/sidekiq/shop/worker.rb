# frozen_string_literal: true

# What `sidekiq -r` loads. Logs JSON, because the test takes what truly happened from Sidekiq's own log.
require_relative "jobs"

Sidekiq.configure_server do |config|
  config.redis = { url: ENV.fetch("REDIS_URL") }
  config.logger.formatter = Sidekiq::Logger::Formatters::JSON.new
  # Looks for due retries and scheduled jobs this often, in seconds; else a run would take minutes.
  config[:poll_interval_average] = 0.5
end

# Sidekiq comes back to a failed job up to ten seconds per attempt later than asked, by chance. Here it does not.
class Sidekiq::JobRetry
  def rand(*) = 0
end
