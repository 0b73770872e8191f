/**
 * An HTTP client span → one line, whichever convention it was recorded in.
 *
 * The Ruby gems write a URL in four ways: stable names in parts (`url.scheme`, `server.address`, `url.path`), stable
 * names whole (`url.full`), and both again in the names of before 2026 (`http.*`, `net.peer.*`). One normaliser
 * for all; a user and password never leave it, and query values are `?`, because they carry tokens.
 */
import { numberAttribute, type Span, textAttribute } from "../span.js";
import { fingerprintOf } from "./fingerprint.js";

export interface HttpTitle {
  readonly title: string;
  readonly method: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string | null;
  /** The path with ids as `:id`, for grouping. */
  readonly pathPattern: string | null;
  /** Without user and password, query values as `?`. */
  readonly url: string | null;
  readonly status: number | null;
  readonly fingerprint: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** undefined: not an HTTP client span. */
export function httpTitle(span: Span): HttpTitle | undefined {
  const { attributes } = span;
  const method = textAttribute(attributes, "http.request.method", "http.method");
  if (span.kind !== "client" || method === undefined) return undefined;
  const { scheme, host, port, path, query } = urlOf(span);
  const status =
    numberAttribute(attributes, "http.response.status_code", "http.status_code") ?? null;
  const shownPort = port === null || port === DEFAULT_PORTS[scheme] ? "" : `:${port}`;
  const place =
    host === null
      ? null
      : `${scheme}://${host.includes(":") ? `[${host}]` : host}${shownPort}${path ?? ""}`;
  const pathPattern = path === null ? null : pathPatternOf(path);
  return {
    title: `HTTP ${method} ${place ?? "(host not recorded)"}`,
    method,
    host,
    port,
    path,
    pathPattern,
    status,
    url: place === null ? null : place + queryNames(query),
    fingerprint: fingerprintOf("http", `${method} ${host ?? ""} ${pathPattern ?? ""}`),
  };
}

interface UrlParts {
  readonly scheme: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string | null;
  readonly query: string;
}

function urlOf({ attributes }: Span): UrlParts {
  const full = parseUrl(textAttribute(attributes, "url.full", "http.url"));
  const target = textAttribute(attributes, "url.path", "http.target") ?? full?.pathname;
  const [path = null, targetQuery = ""] = target?.split("?", 2) ?? [];
  const host = textAttribute(
    attributes,
    "server.address",
    "net.peer.name",
    "http.host",
    "peer.service",
  );
  const port = numberAttribute(attributes, "server.port", "net.peer.port");
  return {
    scheme:
      textAttribute(attributes, "url.scheme", "http.scheme") ??
      full?.protocol.slice(0, -1) ??
      "http",
    host: host ?? full?.hostname ?? null,
    port: port ?? portOf(full) ?? null,
    path,
    query: textAttribute(attributes, "url.query") ?? (full?.search.slice(1) || targetQuery),
  };
}

function parseUrl(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

function portOf(url: URL | undefined): number | undefined {
  if (url === undefined) return undefined;
  return url.port === "" ? DEFAULT_PORTS[url.protocol.slice(0, -1)] : Number(url.port);
}

function queryNames(query: string): string {
  if (query === "") return "";
  return `?${query
    .split("&")
    .map((pair) => `${pair.split("=", 1)[0] ?? ""}=?`)
    .join("&")}`;
}

/** Numbers, hex of 8 and more, UUIDs and segments of 20 and more characters are ids. */
export function pathPatternOf(path: string): string {
  return path
    .split("/")
    .map((segment) =>
      /^(?:\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{36}|.{20,})$/.test(segment) ? ":id" : segment,
    )
    .join("/");
}
