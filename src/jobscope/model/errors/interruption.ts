/**
 * Exceptions that mean "put back", not "failed": a deploy, an interrupted iteration, a rate limit. Sidekiq raises
 * them through the job, so the instrumentation records them as errors.
 */
const INTERRUPTIONS = new Set([
  "Sidekiq::Shutdown",
  "Sidekiq::JobRetry::Skip",
  "Sidekiq::Limiter::OverLimit",
]);

export function isInterruption(errorClass: string): boolean {
  return INTERRUPTIONS.has(errorClass);
}
