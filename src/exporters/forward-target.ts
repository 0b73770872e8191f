/**
 * Where spans are forwarded to and how: an endpoint in any of the forms that OTLP exporters take, and the standard options
 * under a prefix of our own. The variables of the OTLP exporter itself (`OTEL_EXPORTER_OTLP_ENDPOINT` and the like) are never
 * read: in the shell that starts Sidekiq they lead to jobtrace.
 *
 * OpenTelemetry "OTLP Exporter" specification: endpoint forms, option names and their meanings.
 */

export type ForwardMode = "job" | "as-received";

export interface ForwardTarget {
  /** `localhost:14317`: what a person calls it, and what its cursor is named after. No user, no query. */
  readonly name: string;
  readonly mode: ForwardMode;
  readonly protocol: "grpc" | "http/protobuf";
  /** gRPC: a target as grpc-js takes it. HTTP: the URL that is posted to. */
  readonly address: string;
  readonly isSecure: boolean;
  /** Host and port as they are connected to; undefined for a socket file. */
  readonly peer: { readonly host: string; readonly port: number } | undefined;
  /** Sent with every request, never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** as-it-is: what came compressed goes out so, and nothing else is compressed. */
  readonly compression: "gzip" | "none" | "as-it-is";
  /** Of one request. */
  readonly timeoutMs: number;
  /** Paths of PEM files. */
  readonly certificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly clientCertificate: string | undefined;
}

export type TargetRead =
  | {
      readonly kind: "target";
      readonly target: ForwardTarget;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "malformed"; readonly reason: string };

/** The value of one option, as `timeout` or `client_key`; undefined or "" when it is not set. */
export type TargetOption = (name: string) => string | undefined;

const TIMEOUT_DEFAULT_MS = 10_000;
const PORT_GRPC = 4317;
const PORT_HTTP = 4318;
/** Ports that mean OTLP/gRPC where nothing says so: the standard one, and it where Jaeger's is moved out of the way. */
const GRPC_PORTS = new Set(["4317", "14317"]);

/** `endpoint`: `host:port`, `http://host:port`, `https://…`, `dns:///host:port`, `unix:/path`. */
export function readTarget(endpoint: string, mode: ForwardMode, option: TargetOption): TargetRead {
  const set = (name: string): string | undefined => option(name) || undefined;
  const place = placeOf(endpoint.trim(), set("protocol"), set("insecure"));
  if ("reason" in place) return { kind: "malformed", reason: place.reason };
  // To a peer on this machine, compressing costs both more than the way is long.
  const compression = set("compression") ?? (isNear(place) ? "as-it-is" : "gzip");
  if (compression !== "gzip" && compression !== "none" && compression !== "as-it-is")
    return {
      kind: "malformed",
      reason: `compression "${compression}" is not gzip, none or as-it-is`,
    };
  const headers = readHeaders(set("headers") ?? "");
  if (typeof headers === "string") return { kind: "malformed", reason: headers };
  const timeout = readTimeout(set("timeout"));
  return {
    kind: "target",
    warnings: timeout.warnings,
    target: {
      ...place,
      mode,
      headers,
      compression,
      timeoutMs: timeout.timeoutMs,
      certificate: set("certificate"),
      clientKey: set("client_key"),
      clientCertificate: set("client_certificate"),
    },
  };
}

type Place = Pick<ForwardTarget, "name" | "protocol" | "address" | "isSecure" | "peer">;

function placeOf(
  endpoint: string,
  protocol: string | undefined,
  insecure: string | undefined,
): Place | { readonly reason: string } {
  if (protocol !== undefined && protocol !== "grpc" && protocol !== "http/protobuf")
    return { reason: `protocol "${protocol}" is not grpc or http/protobuf` };
  if (/^(?:unix|dns):/.test(endpoint)) {
    if (protocol === "http/protobuf")
      return { reason: `${endpoint} can only be reached over gRPC: protocol is http/protobuf` };
    const isSecure = insecure?.toLowerCase() === "false";
    return { name: endpoint, protocol: "grpc", address: endpoint, isSecure, peer: undefined };
  }
  const hasScheme = /^https?:\/\//i.test(endpoint);
  const url = parseUrl(hasScheme ? endpoint : `http://${endpoint}`);
  if (url === undefined || url.hostname === "")
    return { reason: `"${endpoint}" is not an endpoint such as http://localhost:14318` };
  if (url.username !== "" || url.password !== "")
    return { reason: "an endpoint holds no user and password: they go into the headers" };
  const isGrpc =
    protocol === undefined ? !hasScheme || GRPC_PORTS.has(url.port) : protocol === "grpc";
  // A scheme says whether the connection is encrypted, whatever `insecure` says.
  const isSecure = hasScheme ? url.protocol === "https:" : insecure?.toLowerCase() === "false";
  // A URL without a port means that of its scheme.
  const ownPort = isSecure ? 443 : 80;
  return isGrpc
    ? grpcPlace(url, isSecure, hasScheme ? ownPort : PORT_GRPC)
    : httpPlace(url, isSecure, hasScheme ? ownPort : PORT_HTTP);
}

/** A path is of no meaning to gRPC: people who moved from HTTP leave it there. */
function grpcPlace(url: URL, isSecure: boolean, defaultPort: number): Place {
  const port = Number(url.port || defaultPort);
  const address = `${url.hostname}:${port}`;
  return { name: address, protocol: "grpc", address, isSecure, peer: { host: url.hostname, port } };
}

function httpPlace(url: URL, isSecure: boolean, defaultPort: number): Place {
  const port = Number(url.port || defaultPort);
  const path = url.pathname.replace(/\/+$/, "");
  const whole = path.endsWith("/v1/traces") ? path : `${path}/v1/traces`;
  const address = `${isSecure ? "https" : "http"}://${url.hostname}:${port}${whole}`;
  const name = `${url.hostname}:${port}${path.replace(/\/v1\/traces$/, "")}`;
  return {
    name,
    protocol: "http/protobuf",
    address,
    isSecure,
    peer: { host: url.hostname, port },
  };
}

/** On this machine, by what its address says. */
function isNear({ peer, address }: Place): boolean {
  if (peer === undefined) return address.startsWith("unix:");
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(peer.host);
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** `k1=v1,k2=v2`, percent-encoded (W3C Baggage without properties). A string: what is wrong. */
function readHeaders(text: string): Readonly<Record<string, string>> | string {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",").filter((each) => each.trim() !== "")) {
    const at = pair.indexOf("=");
    const key = pair.slice(0, at).trim().toLowerCase();
    // Not the value: it may be a secret.
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(key))
      return `headers are k1=v1,k2=v2: "${key}" is none`;
    try {
      headers[key] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return `the header ${key} is not percent-encoded`;
    }
  }
  return headers;
}

function readTimeout(text: string | undefined): {
  readonly timeoutMs: number;
  readonly warnings: readonly string[];
} {
  if (text === undefined) return { timeoutMs: TIMEOUT_DEFAULT_MS, warnings: [] };
  const timeoutMs = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return timeoutMs > 0
    ? { timeoutMs, warnings: [] }
    : {
        timeoutMs: TIMEOUT_DEFAULT_MS,
        warnings: [
          `timeout "${text}" is not a number of milliseconds: ${TIMEOUT_DEFAULT_MS} is used`,
        ],
      };
}

/** What the cursor of this target is named after: another mode to the same peer has its own. */
export function cursorName({ name, mode }: ForwardTarget): string {
  return `${name} ${mode}`;
}
