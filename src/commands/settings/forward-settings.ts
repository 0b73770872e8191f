/** Where jobs are sent on to, and the standard options of an OTLP exporter under a name of our own. */
import { type Setting, setting } from "./setting.js";

/** As the exporter's specification names them, without OTEL_EXPORTER_OTLP_. */
const OPTIONS = [
  "protocol",
  "headers",
  "compression",
  "timeout",
  "certificate",
  "client_key",
  "client_certificate",
  "insecure",
] as const;

export type ForwardOption = (typeof OPTIONS)[number];

export interface ForwardSettings {
  readonly endpoint: Setting<string | undefined>;
  readonly options: readonly Setting<string | undefined>[];
  readonly option: (name: string) => Setting<string | undefined> | undefined;
}

/** `key`: of the object in the configuration file; the option is the same with dashes. */
export function forwardSettings(key: string, env: string): ForwardSettings {
  const byName = new Map<string, Setting<string | undefined>>(
    OPTIONS.map((name) => [
      name,
      textSetting(`${key}.${name}`, `${env}_${name.toUpperCase()}`, name === "headers"),
    ]),
  );
  return {
    endpoint: setting<string | undefined>({
      key: `${key}.endpoint`,
      flag: key.replaceAll("_", "-"),
      env,
      read: (text) => (text === "" ? undefined : text),
      fallback: () => undefined,
      text: (endpoint) => withoutUser(endpoint ?? ""),
    }),
    options: [...byName.values()],
    option: (name) => byName.get(name),
  };
}

function textSetting(key: string, env: string, isSecret: boolean): Setting<string | undefined> {
  return setting<string | undefined>({
    key,
    env,
    read: (text) => text,
    fallback: () => undefined,
    text: (text) => (isSecret ? namesOnly(text ?? "") : (text ?? "")),
  });
}

/** `authorization=***`: a header's value is what lets somebody in. */
function namesOnly(headers: string): string {
  return headers
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .map((pair) => `${pair.includes("=") ? (pair.split("=", 1)[0] ?? "") : ""}=***`)
    .join(",");
}

/** A user and a password in an endpoint are refused; what is printed before that happens does not show them. */
function withoutUser(endpoint: string): string {
  return endpoint.replace(/\/\/[^/@]*@/, "//***@").replace(/\?.*/, "?***");
}
