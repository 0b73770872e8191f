/** What the senders of a kill test sent, and what was acknowledged to them: the truth that the store is held against. */

export interface SentJob {
  readonly jid: string;
  /** The uncompressed request. */
  readonly body: Buffer;
  /** The trace of its log lines; undefined: it holds spans. */
  readonly logsOf: string | undefined;
  /** Set the moment the answer came. */
  acknowledged: boolean;
  /** Where it was found after the kill; undefined: not looked for yet, or not there. */
  lsn: number | undefined;
}

export interface Ledger {
  readonly jobs: readonly SentJob[];
  /** Notes a request that is about to be sent. */
  sent(jid: string, body: Buffer, logsOf?: string): SentJob;
  acknowledged(job: SentJob): void;
  acknowledgedCount(): number;
  /** Resolves when `count` more are acknowledged than now. */
  more(count: number): Promise<void>;
}

export function createLedger(): Ledger {
  const jobs: SentJob[] = [];
  let count = 0;
  let waiting: { readonly until: number; readonly wake: () => void }[] = [];
  return {
    jobs,
    sent(jid, body, logsOf) {
      const job = { jid, body, logsOf, acknowledged: false, lsn: undefined };
      jobs.push(job);
      return job;
    },
    acknowledged(job) {
      job.acknowledged = true;
      count++;
      for (const { until, wake } of waiting) if (count >= until) wake();
      waiting = waiting.filter(({ until }) => count < until);
    },
    acknowledgedCount: () => count,
    more(wanted) {
      if (wanted <= 0) return Promise.resolve();
      return new Promise((wake) => {
        waiting.push({ until: count + wanted, wake });
      });
    },
  };
}
