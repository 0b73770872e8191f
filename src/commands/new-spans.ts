/** Which spans a file of many jobs has not got yet: one request may have enqueued a thousand of them. */
import type { ScannedNode } from "../processor/scanned-nodes.js";

/** Of spans that are remembered, about 150 bytes each. One that is forgotten stands in the file twice, which harms nobody. */
const REMEMBERED_MAX = 200_000;

export function newSpans(): (node: ScannedNode) => boolean {
  const seen = new Set<string>();
  return ({ traceId, spanId }) => {
    const id = traceId + spanId;
    if (seen.has(id)) return false;
    if (seen.size >= REMEMBERED_MAX) seen.clear();
    seen.add(id);
    return true;
  };
}
