/** Log lines for a job of a recorded run, in the form in which Sidekiq and the logger's bridge write them, as an OTLP/JSON request. */
export const RUN = "test/fixtures/runs/shop-link-full";
export const FILES: readonly string[] = ["001", "002", "003", "004", "005", "006"].map(
  (name) => `${RUN}/${name}.pb.gz`,
);
/** Of three attempts: the first fails and waits for a retry. */
export const CHARGE = "12c0218bd14de9ead7416414";

const FIRST = { traceId: "1e452587ed256501b8f1051bc6c6d150", start: 1_795_322_787_660_942_746n };
const SECOND = { traceId: "09f576bc0e82420ce5139cc3122499fd", start: 1_795_322_811_787_655_893n };
const MS = 1_000_000n;

interface LineFacts {
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly body?: object;
  readonly attributes?: readonly object[];
  readonly eventName?: string;
}

const text = (stringValue: string): object => ({ stringValue });
const pair = (key: string, value: string): object => ({ key, value: text(value) });

function line(time: bigint, facts: LineFacts, around: object = {}): object {
  return { timeUnixNano: String(time), ...facts, ...around };
}

/** Sidekiq's own line: outside of every span, and it names the job. */
function sidekiq(time: bigint, word: string, jid = CHARGE): object {
  const body = `pid=71 tid=abc class=ChargeJob jid=${jid} INFO: ${word}\n`;
  return line(time, { severityText: "INFO", severityNumber: 9, body: text(body) });
}

const first = { traceId: FIRST.traceId, spanId: "cbcd79a2ffc2e8ec" };
/** A span of the attempt that was never received. */
const unknown = { traceId: SECOND.traceId, spanId: "1234567890abcdef" };

const LINES: readonly object[] = [
  sidekiq(FIRST.start - MS / 2n, "start"),
  line(
    FIRST.start + 30n * MS,
    { severityNumber: 9, severityText: "INFO", body: text("charging order") },
    first,
  ),
  line(
    FIRST.start + 31n * MS,
    {
      severityNumber: 6,
      body: {
        kvlistValue: {
          values: [pair("event", "debugged"), { key: "n", value: { intValue: "7" } }],
        },
      },
    },
    { ...first, spanId: "f09534ecfcf2654d" },
  ),
  line(
    FIRST.start + 486n * MS,
    {
      severityText: "warning",
      body: text("gave up\u001b[2J waiting"),
      attributes: [
        pair("exception.type", "Net::ReadTimeout"),
        pair("exception.message", "Net::ReadTimeout"),
        pair(
          "exception.stacktrace",
          "/app/jobs/charge_job.rb:14:in 'perform'\n/gems/x.rb:1:in 'y'",
        ),
      ],
    },
    first,
  ),
  sidekiq(FIRST.start + 490n * MS, "fail"),
  line(
    SECOND.start + 2n * MS,
    {
      severityNumber: 9,
      severityText: "INFO",
      body: text("\u001b[1m\u001b[36msecond try\u001b[0m\n  over two lines"),
    },
    unknown,
  ),
  line(SECOND.start + 3n * MS, { body: text("no severity") }, unknown),
  // Long after the attempt ended.
  line(
    SECOND.start + 1_000n * MS,
    { severityNumber: 17, severityText: "ERROR", eventName: "charge.late" },
    unknown,
  ),
  // Of another job, and of none.
  sidekiq(FIRST.start, "start", "77ac03bd5e1946d0a2f1c8e4"),
  line(FIRST.start, { body: text("nobody's") }),
];

export function chargeLogs(lines: readonly object[] = LINES): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: {
          attributes: [pair("service.name", "shop-worker")],
        },
        scopeLogs: [{ scope: { name: "app", version: "1" }, logRecords: lines }],
      },
    ],
  });
}
