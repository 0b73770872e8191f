/** What a step depends on besides its own process: the thing that other jobs would see failing as well. */
import type { Step } from "../step-document.js";

export interface Target {
  readonly kind: "http" | "database" | "redis";
  /** As a person calls it: `billing.internal`, `shop_production`, `redis.internal`. */
  readonly name: string;
}

/** undefined: the step names nothing. */
export function targetOf({ detail }: Step): Target | undefined {
  if (detail?.type === "http")
    return detail.host === null ? undefined : { kind: "http", name: withPort(detail) };
  if (detail?.type === "db") return { kind: "database", name: detail.database ?? detail.system };
  if (detail?.type === "redis") return { kind: "redis", name: detail.host ?? "redis" };
  return undefined;
}

export function isSameTarget(a: Target, b: Target | undefined): boolean {
  return b !== undefined && a.kind === b.kind && a.name === b.name;
}

/** Two services on one machine are two. */
function withPort({
  host,
  port,
}: {
  readonly host: string | null;
  readonly port: number | null;
}): string {
  return port === null || port === 80 || port === 443 ? (host ?? "") : `${host}:${port}`;
}
