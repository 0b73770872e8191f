/** Compares what a store holds with what was acknowledged and what was refused. */
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { findMarker } from "./marked-body.js";
import type { Answer, SocketCase } from "./socket-case.js";

export interface Expectation {
  readonly caseNumber: number;
  readonly made: SocketCase;
  readonly answers: readonly (Answer | undefined)[];
}

export interface Mistake {
  readonly caseNumber: number | undefined;
  readonly message: string;
}

export interface StoredCheck {
  readonly mistakes: readonly Mistake[];
  readonly recordCount: number;
}

/** The inflated bodies of the records, by marker. */
type Stored = ReadonlyMap<string, readonly Buffer[]>;

/** `store`: closed by its writer. */
export async function checkStored(
  store: string,
  expectations: readonly Expectation[],
): Promise<StoredCheck> {
  const reader = openFileStoreReader(store, { indexBatch });
  const stored = new Map<string, Buffer[]>();
  const mistakes: Mistake[] = [];
  let recordCount = 0;
  for await (const batch of reader.batches()) {
    recordCount++;
    const raw = Buffer.from(batch.raw());
    const marker = findMarker(raw);
    if (marker === undefined)
      mistakes.push({ caseNumber: undefined, message: `record ${batch.lsn} is nobody's` });
    else stored.set(marker, [...(stored.get(marker) ?? []), raw]);
  }
  for (const { reason } of (await reader.info()).damage)
    mistakes.push({ caseNumber: undefined, message: `the store is damaged: ${reason}` });
  await reader.close();
  for (const expectation of expectations) {
    const { made, caseNumber } = expectation;
    const message = made.isFramed
      ? framedMistake(expectation, stored)
      : brokenMistake(expectation, stored);
    if (message !== undefined) mistakes.push({ caseNumber, message });
  }
  return { mistakes, recordCount };
}

/** Each request is kept once, byte for byte, or not at all. */
function framedMistake({ made, answers }: Expectation, stored: Stored): string | undefined {
  for (const [at, { marker, fate }] of made.requests.entries()) {
    const records = stored.get(marker) ?? [];
    if (fate === "either") {
      if (records.length > 1) return `request ${at} is kept ${records.length} times`;
      continue;
    }
    const kept = fate.kind === "accepted" ? fate.stored : undefined;
    const wanted = kept === undefined ? 0 : 1;
    if (records.length !== wanted)
      return `request ${at} was ${answers[at] ?? "not answered"} and is kept ${records.length} times`;
    if (kept !== undefined && records[0]?.equals(kept) === false)
      return `request ${at} is kept with other bytes than were sent`;
  }
  return undefined;
}

/** Acknowledgments may be lost on the way, what was acknowledged may not. */
function brokenMistake({ made, answers }: Expectation, stored: Stored): string | undefined {
  const counts = made.requests.map(({ marker }) => stored.get(marker)?.length ?? 0);
  if (counts.some((count) => count > 1)) return "a request is kept more than once";
  const kept = counts.reduce((sum, count) => sum + count, 0);
  const promised = answers.filter((answer) => answer === "accepted").length;
  const nothingToKeep = made.requests.filter(
    ({ fate }) => fate !== "either" && fate.kind === "accepted" && fate.stored === undefined,
  ).length;
  return kept + nothingToKeep < promised ? `${promised} acknowledged and ${kept} kept` : undefined;
}
