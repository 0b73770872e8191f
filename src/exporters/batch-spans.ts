/** The spans of one record by their number, and new requests made of some of them with what stands around them. */
import { encodeScopeHead } from "../otlp/encode-span.js";
import { requestParts, type ResourcePart, type ScopePart } from "../otlp/request-parts.js";

export interface BatchSpans {
  /** The body of the Span message with this number, as the wire scan counts. */
  span(index: number): Buffer | undefined;
  /** Sent as this one, in its place; as several when it belongs to several jobs. */
  put(index: number, span: Buffer): void;
  /** A span that nobody sent, under the resource that this one has. */
  make(index: number, span: Buffer): void;
  /** What was put and made, and nothing else. */
  parts(): readonly ResourcePart[];
}

const SCOPE_HEAD = encodeScopeHead("jobtrace", "1");

interface Place {
  readonly resource: number;
  readonly scope: number;
  readonly span: Buffer;
}

export function batchSpans(raw: Uint8Array): BatchSpans {
  const all = requestParts(raw) ?? [];
  const places: Place[] = all.flatMap(({ scopes }, resource) =>
    scopes.flatMap(({ spans }, scope) => spans.map((span) => ({ resource, scope, span }))),
  );
  const put: { readonly index: number; readonly span: Buffer }[] = [];
  const made = new Map<number, Buffer[]>();

  return {
    span: (index) => places[index]?.span,
    put: (index, span) => void put.push({ index, span }),
    make(index, span) {
      const resource = places[index]?.resource ?? 0;
      made.set(resource, [...(made.get(resource) ?? []), span]);
    },
    parts() {
      const chosen = new Map<ScopePart, Buffer[]>();
      for (const { index, span } of put) {
        const place = places[index];
        const scope = place && all[place.resource]?.scopes[place.scope];
        const spans = scope && chosen.get(scope);
        if (spans !== undefined) spans.push(span);
        else if (scope !== undefined) chosen.set(scope, [span]);
      }
      return all.map(({ head, scopes }, resource) => ({
        head,
        scopes: [
          ...scopes.map((scope) => ({ head: scope.head, spans: chosen.get(scope) ?? [] })),
          { head: SCOPE_HEAD, spans: made.get(resource) ?? [] },
        ],
      }));
    },
  };
}
