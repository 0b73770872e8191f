/** A store to damage, and what verifying it then tells. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Damage } from "../../../src/jobscope/store/job-store.js";
import {
  type BodyCheck,
  type Verification,
  type VerifyOptions,
  verifyStore,
} from "../../../src/jobscope/store/verify-store.js";
import { appendJobs, openSmallStore } from "./small-store.js";
import { indexTestBatch } from "./store-batches.js";

function checkTestBody(raw: Uint8Array): BodyCheck {
  try {
    const { jobIds, logIds = [] } = JSON.parse(Buffer.from(raw).toString()) as {
      readonly jobIds: readonly string[];
      readonly logIds?: readonly string[];
    };
    return { kind: "whole", logCount: logIds.length, spanCount: jobIds.length };
  } catch {
    return { kind: "malformed", reason: "no JSON" };
  }
}

/** A file, an offset, a reason. */
export type ExpectedDamage = readonly [file: string, offset: number, reason: RegExp];

export interface StoreToDamage {
  readonly logPath: (name: string) => string;
  /** The files of the segment that begins with this lsn. */
  readonly log: (firstLsn: number) => string;
  readonly sealed: (firstLsn: number) => string;
  readonly live: (firstLsn: number) => string;
  /** Three records to a segment: 0-2, 3-5, and 6-7 in the open one. */
  readonly fill: () => Promise<void>;
  /** Where the records of a log begin. */
  readonly offsetsIn: (file: string) => readonly number[];
  readonly edit: (file: string, change: (bytes: Buffer) => void) => void;
  /** One bit of the byte at `at`. */
  readonly flip: (file: string, at: number) => void;
  readonly verify: (
    options?: Partial<VerifyOptions>,
  ) => Promise<Verification & { readonly damage: readonly Damage[] }>;
  /** `records`: those that are whole. */
  readonly assertDamage: (
    records: number,
    expected: readonly ExpectedDamage[],
  ) => Promise<readonly Damage[]>;
}

export function storeToDamage(folder: () => string): StoreToDamage {
  const logPath = (name: string): string => join(folder(), "log", name);
  const log = (firstLsn: number): string =>
    logPath(`${firstLsn.toString(16).padStart(16, "0")}.jlog`);
  const sealed = (firstLsn: number): string => log(firstLsn).replace(".jlog", ".jidx");

  const live = (firstLsn: number): string => log(firstLsn).replace(".jlog", ".jlix");

  async function verify(
    options: Partial<VerifyOptions> = {},
  ): Promise<Verification & { readonly damage: readonly Damage[] }> {
    const damage: Damage[] = [];
    const result = await verifyStore(folder(), {
      indexBatch: indexTestBatch,
      checkBody: checkTestBody,
      onDamage: (found) => damage.push(found),
      onProgress: () => undefined,
      signal: new AbortController().signal,
      ...options,
    });
    return { ...result, damage };
  }

  async function assertDamage(
    records: number,
    expected: readonly ExpectedDamage[],
  ): Promise<readonly Damage[]> {
    const { recordCount, damageCount, damage } = await verify();
    const told = damage.map(
      ({ file, offset, length, reason }) => `${file} ${offset}+${length}: ${reason}`,
    );
    assert.equal(damage.length, expected.length, told.join("\n"));
    for (const [i, [file, offset, reason]] of expected.entries()) {
      assert.deepEqual([damage[i]?.file, damage[i]?.offset], [file, offset]);
      assert.match(damage[i]?.reason ?? "", reason);
    }
    assert.deepEqual([recordCount, damageCount], [records, expected.length]);
    return damage;
  }

  async function fill(): Promise<void> {
    const writer = openSmallStore(folder(), { segmentSpansMax: 3, segmentBytesMax: 1e9 });
    await appendJobs(writer, 0, 8);
    await writer.close();
  }

  function offsetsIn(file: string): readonly number[] {
    const bytes = readFileSync(file);
    const offsets: number[] = [];
    for (let at = 64; at < bytes.length; at += Math.ceil((40 + bytes.readUInt32LE(at)) / 8) * 8)
      offsets.push(at);
    return offsets;
  }

  function edit(file: string, change: (bytes: Buffer) => void): void {
    const bytes = readFileSync(file);
    change(bytes);
    writeFileSync(file, bytes);
  }

  const flip = (file: string, at: number): void =>
    edit(file, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at));

  return { logPath, log, sealed, live, fill, offsetsIn, edit, flip, verify, assertDamage };
}
