/** Mode as-received: every batch of spans with the bytes it came in, spans of no job included. Logs stay here. */
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { requestParts, type ResourcePart } from "../otlp/request-parts.js";
import { type Delivery, deliveriesOf } from "./deliver.js";
import type { ForwardSource } from "./forward-source.js";

/** `takesGzip`: a body that came compressed may go out so. */
export function createReceivedSource(reader: JobStoreReader, takesGzip: boolean): ForwardSource {
  let batches: AsyncIterator<StoredBatch> | undefined;
  let expected: Lsn | undefined;

  /** Goes on where the last call ended, as long as it is asked for that. */
  async function batchFrom(from: Lsn): Promise<StoredBatch | undefined> {
    if (expected !== from) batches = undefined;
    batches ??= reader.batches(from)[Symbol.asyncIterator]();
    const { done, value } = await batches.next();
    if (done === true) batches = undefined;
    else expected = value.lsn + 1;
    return done === true ? undefined : value;
  }

  return {
    async next(from, bytesMax) {
      const batch = await batchFrom(from);
      if (batch === undefined) return undefined;
      return { deliveries: deliveriesOfBatch(batch, takesGzip, bytesMax), next: batch.lsn + 1 };
    },
  };
}

function deliveriesOfBatch(
  batch: StoredBatch,
  takesGzip: boolean,
  bytesMax: number,
): readonly Delivery[] {
  if (batch.signal !== "traces") return [];
  const { codec, spanCount: spans } = batch;
  const parts = (): readonly ResourcePart[] => requestParts(batch.raw()) ?? [];
  // Inflated it is longer; what its sender could send in one request the next one nearly always takes.
  const isSmall = batch.body.length * GZIP_RATIO <= bytesMax;
  if (codec === "gzip" && takesGzip && isSmall)
    return [{ request: { body: Buffer.from(batch.body), codec }, spans, parts }];
  const raw = batch.raw();
  if (raw.length <= bytesMax)
    return [{ request: { body: Buffer.from(raw), codec: "identity" }, spans, parts }];
  return deliveriesOf(parts(), bytesMax);
}

/** Of recorded batches: between 8 and 14. */
const GZIP_RATIO = 16;
