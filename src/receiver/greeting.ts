/** What a browser or a probe is shown: plain pages, and the greeting of `/`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Page } from "./page.js";

const TEXT = "text/plain; charset=utf-8";

interface Facts {
  readonly version: string;
  readonly store: string;
  readonly health?: () => Promise<readonly string[]>;
}

export async function greet(
  request: IncomingMessage,
  response: ServerResponse,
  { version, store, health }: Facts,
  spanCount: number,
): Promise<void> {
  const lines = (await health?.()) ?? [];
  const text =
    `jobtrace ${version} is listening; ${spanCount} ${spanCount === 1 ? "span" : "spans"} received\n` +
    `store ${store}\n` +
    lines.map((line) => `forward ${line}\n`).join("") +
    `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${request.headers.host ?? "127.0.0.1:4318"}\n`;
  show(request, response, { status: 200, type: TEXT, body: text });
}

/** For who has no token: it learns that somebody is here and nothing else. */
export function greetProbe(
  request: IncomingMessage,
  response: ServerResponse,
  { version }: Facts,
): void {
  show(request, response, { status: 200, type: TEXT, body: `jobtrace ${version} is listening\n` });
}

export function show(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body }: Page,
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    // Text out of spans must stay text, whatever a browser thinks it looks like.
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
