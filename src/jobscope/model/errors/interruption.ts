/**
 * Exceptions that mean "put back", not "failed": a deploy, an interrupted iteration, a rate limit. Sidekiq raises
 * them through the job, so the instrumentation records them as errors.
 */
export type Interruption = "interrupted_by_shutdown" | "scheduled";

const INTERRUPTIONS: ReadonlyMap<string, Interruption> = new Map([
  // A deploy: the job goes back to the head of its queue.
  ["Sidekiq::Shutdown", "interrupted_by_shutdown"],
  // An iterating job that was asked to stop pushes itself again, and raises one of these to end the attempt.
  ["Sidekiq::JobRetry::Skip", "interrupted_by_shutdown"],
  ["Sidekiq::Job::Interrupted", "interrupted_by_shutdown"],
  ["ActiveJob::Continuation::Interrupt", "interrupted_by_shutdown"],
  // A rate limit: the job is scheduled for later.
  ["Sidekiq::Limiter::OverLimit", "scheduled"],
]);

export function isInterruption(errorClass: string): boolean {
  return INTERRUPTIONS.has(errorClass);
}

/** undefined: the error means that the job failed. */
export function interruptionOf(errorClass: string): Interruption | undefined {
  return INTERRUPTIONS.get(errorClass);
}
