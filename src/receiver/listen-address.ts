/** `--listen` as text and as addresses. */
import { isIPv4 } from "node:net";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** OTLP's ports. Both families of "localhost" are bound, because clients pick either. */
export const DEFAULT_LISTEN: readonly ListenAddress[] = [4318, 4317].flatMap((port) => [
  { host: "127.0.0.1", port },
  { host: "::1", port },
]);

export type ListenRead =
  | { readonly kind: "addresses"; readonly addresses: readonly ListenAddress[] }
  | { readonly kind: "malformed"; readonly reason: string };

/** `127.0.0.1:4318`, `[::1]:4318`, `localhost:4318`, `:4318` or `4318` (both mean localhost); several with commas. */
export function parseListen(text: string): ListenRead {
  const addresses: ListenAddress[] = [];
  for (const part of text.split(",")) {
    const match = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]\s]*):)?(?<port>\d{1,5})$/.exec(
      part.trim(),
    );
    const port = Number(match?.groups?.["port"]);
    if (match === null || port > 65_535) {
      return {
        kind: "malformed",
        reason: `cannot listen on ${JSON.stringify(part.trim())}: expected host:port, such as 127.0.0.1:4318`,
      };
    }
    const host = (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, "");
    if (host === "" || host === "localhost")
      addresses.push({ host: "127.0.0.1", port }, { host: "::1", port });
    else addresses.push({ host, port });
  }
  return { kind: "addresses", addresses };
}

/** `127.0.0.1:4318`, `[::1]:4318`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A name or an address without brackets, in lower case. Only whole addresses count: a name such as 127.evil.example is
 * whatever its owner makes it.
 */
export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || (isIPv4(host) && host.startsWith("127."));
}
