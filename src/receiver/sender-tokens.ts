/** Who may send and look, where the collector asks for a token: `Authorization: Bearer TOKEN` (RFC 6750). */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface SenderTokens {
  /** `authorization`: the header's value. */
  accepts(authorization: string | undefined): boolean;
}

/** What to do about a refusal, said over both protocols. */
export const NEEDS_TOKEN =
  "this collector takes spans only with its token: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN";

/** Several, so that one can follow another without a pause. undefined: nobody is asked. */
export function createSenderTokens(tokens: readonly string[]): SenderTokens | undefined {
  if (tokens.length === 0) return undefined;
  const known = tokens.map(digest);
  return {
    accepts(authorization) {
      const token = /^bearer ([^\s]+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return false;
      const given = digest(token);
      // All of them and in constant time, so that the time an answer takes tells nothing.
      return known.filter((each) => timingSafeEqual(each, given)).length > 0;
    },
  };
}

/** A request with several such headers names nobody: Node passes on the first of them only. */
export function authorizationOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  const count = names.filter((name) => name.toLowerCase() === "authorization").length;
  return count === 1 ? headers.authorization : undefined;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
