/** Checks of what a running collector noticed of its senders: requests that went wrong before there was a span to keep. */
import { formatInstant } from "../time.js";
import { change, type Check, problem } from "./check.js";
import type { CollectorFacts, NoticeFacts } from "./collector-facts.js";

/** `spanCount`: received in the time that is looked at. */
export function checkNotices(
  { notices, listening }: Pick<CollectorFacts, "notices" | "listening">,
  spanCount: number,
): readonly Check[] {
  const endpoint = `http://${listening.address}`;
  const found = KINDS.map((check) => check(notices, endpoint)).filter((each) => each !== undefined);
  const silent = spanCount > 0 ? undefined : notices.find(({ kind }) => kind === "sender");
  return silent === undefined ? found : [...found, connectedWithoutSpans(silent)];
}

type NoticeCheck = (notices: readonly NoticeFacts[], endpoint: string) => Check | undefined;

const KINDS: readonly NoticeCheck[] = [
  (notices, endpoint) => {
    const notice = notices.find(({ kind }) => kind === "tls_client");
    return (
      notice &&
      problem("tls", {
        text: `a TLS client connected at ${clock(notice)}; use http://, not https://`,
        change: change("set", `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`),
      })
    );
  },
  (notices) => {
    const notice = notices.find(({ foreign }) => foreign !== undefined);
    return (
      notice?.foreign &&
      problem("foreign_exporter", {
        text: `a ${notice.foreign.name} exporter is connected: it posted to ${notice.path} at ${clock(notice)}`,
        change: change(
          "use",
          `gem "opentelemetry-exporter-otlp" in place of "${notice.foreign.gem}"`,
        ),
      })
    );
  },
  (notices, endpoint) => {
    const notice = notices.find(
      ({ kind, foreign }) => kind === "wrong_path" && foreign === undefined,
    );
    return (
      notice &&
      problem("path", {
        text: `spans were posted to "${notice.path}" at ${clock(notice)} and refused${by(notice)}`,
        change:
          notice.path === "/"
            ? change("set", `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${endpoint}/v1/traces`)
            : change("set", `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}   (without a path)`),
      })
    );
  },
  (notices) => {
    const notice = notices.find(({ kind }) => kind === "refused");
    return (
      notice &&
      problem("refused", {
        text: `a request was refused at ${clock(notice)}: ${notice.reason}`,
        change: change("send", "whole OTLP requests, as protobuf or JSON, plain or gzip"),
      })
    );
  },
];

function connectedWithoutSpans(notice: NoticeFacts): Check {
  return problem("silent", {
    text: `connected at ${clock(notice)}, no spans${by(notice)}`,
    details: ["a span processor given to OpenTelemetry::SDK.configure takes the exporter's place"],
    change: change("move", "add_span_processor behind OpenTelemetry::SDK.configure"),
  });
}

function by({ sender }: NoticeFacts): string {
  return sender === "" ? "" : ` (${sender})`;
}

function clock({ lastAt }: NoticeFacts): string {
  return `${formatInstant(lastAt).slice(11, 19)} UTC`;
}
