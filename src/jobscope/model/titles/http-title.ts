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
  /** Without user and password; query values as `?` unless asked for in full. */
  readonly url: string | null;
  readonly status: number | null;
  /** What the call was for, where the path does not say: `query Orders` of GraphQL, an RPC's method. */
  readonly operation: string | null;
  readonly fingerprint: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Faraday can be told to call its spans internal; what a server does is another span. */
const KINDS: ReadonlySet<Span["kind"]> = new Set<Span["kind"]>(["client", "internal"]);

/** undefined: not an HTTP client span. */
export function httpTitle(span: Span, full = false): HttpTitle | undefined {
  const { attributes } = span;
  const method = methodOf(attributes);
  if (!KINDS.has(span.kind) || method === undefined) return undefined;
  const { scheme, host, port, path, query } = urlOf(span);
  const status =
    numberAttribute(attributes, "http.response.status_code", "http.status_code") ?? null;
  const place = host === null ? null : `${scheme}://${authority(scheme, host, port)}${path ?? ""}`;
  const pathPattern = path === null ? null : pathPatternOf(path);
  const operation = operationOf(span);
  return {
    title: `HTTP ${method} ${place ?? "(host not recorded)"}`,
    method,
    host,
    port,
    path,
    pathPattern,
    status,
    url: place === null ? null : place + (full && query !== "" ? `?${query}` : queryNames(query)),
    operation,
    fingerprint: fingerprintOf(
      "http",
      [method, host ?? "", pathPattern ?? "", ...(operation === null ? [] : [operation])].join(" "),
    ),
  };
}

/** A method that the conventions do not list is `_OTHER`, with the one that was sent beside it. */
function methodOf(attributes: Span["attributes"]): string | undefined {
  const method = textAttribute(attributes, "http.request.method", "http.method");
  return method === "_OTHER"
    ? (textAttribute(attributes, "http.request.method_original") ?? method)
    : method;
}

/** Opening a connection for HTTP, as the libraries name it: net_http and excon, http.rb, Node's net. */
const CONNECT = /^(?:connect|HTTP CONNECT|(?:tcp|tls)\.connect)$/i;

/** undefined: not the opening of a connection for HTTP. */
export function connectTitle(span: Span): string | undefined {
  if (
    !CONNECT.test(span.name) ||
    span.attributes.has("db.system") ||
    span.attributes.has("db.system.name")
  )
    return undefined;
  const { host, port, scheme } = urlOf(span);
  return `HTTP CONNECT ${host === null ? "(host not recorded)" : authority(scheme, host, port)}`;
}

function authority(scheme: string, host: string, port: number | null): string {
  const shownPort = port === null || port === DEFAULT_PORTS[scheme] ? "" : `:${port}`;
  return `${host.includes(":") ? `[${host}]` : host}${shownPort}`;
}

function operationOf({ attributes }: Span): string | null {
  const name = textAttribute(attributes, "graphql.operation.name");
  if (name !== undefined)
    return [textAttribute(attributes, "graphql.operation.type"), name].filter(Boolean).join(" ");
  return textAttribute(attributes, "rpc.method") ?? null;
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
  const named =
    textAttribute(attributes, "server.address", "net.peer.name", "http.host") ?? full?.hostname;
  const { host, hostPort } = hostOf(named ?? textAttribute(attributes, "peer.service") ?? "");
  const port =
    numberAttribute(attributes, "server.port", "net.peer.port") ?? hostPort ?? portOf(full);
  return {
    scheme:
      textAttribute(attributes, "url.scheme", "http.scheme") ??
      full?.protocol.slice(0, -1) ??
      (port === DEFAULT_PORTS["https"] ? "https" : "http"),
    host: host === "" ? null : host,
    port: port ?? null,
    path,
    query: textAttribute(attributes, "url.query") ?? (full?.search.slice(1) || targetQuery),
  };
}

/** `http.host` is the header as it was sent, with its port; an IPv6 address is in brackets there, and bare elsewhere. */
function hostOf(text: string): { readonly host: string; readonly hostPort: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [
    undefined,
    undefined,
    text,
  ];
  return {
    host: bracketed ?? plain ?? text,
    hostPort: port === undefined ? undefined : Number(port),
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
