/**
 * The writing side of the file store: group commit into the open segment, its live index, rolling and sealing.
 *
 * Appends queue up while a commit is under way; the next commit takes them all, so there is no timer and a busy
 * writer syncs once for many appends. An append resolves after `fdatasync`. docs/segment-format.md says what happens
 * when the disk refuses.
 */
import { setImmediate } from "node:timers/promises";
import type { UnixNano } from "../model/time.js";
import type { IncomingBatch, IndexBatch, JobStoreWriter, Lsn } from "./job-store.js";
import { type RecoveryReport, recoverStore } from "./recovery.js";
import { type CommitGroup, createCommitGroup } from "./commit-group.js";
import { createSealer, type Sealer } from "./sealer.js";
import { createDiskRoom, type DiskRoom } from "./disk-room.js";
import { asStoreError, createSyncer, type Durability, type Syncer } from "./syncer.js";
import { openSegmentWriter, type SegmentWriter } from "./segment-writer.js";
import { StoreError } from "./store-error.js";
import { createStoreFolder, makeFolders } from "./store-folder.js";
import { lockStore, type StoreLock } from "./store-lock.js";

export interface WriterOptions {
  readonly indexBatch: IndexBatch;
  readonly now: () => UnixNano;
  readonly durability?: Durability;
  readonly segmentBytesMax?: number;
  readonly segmentSpansMax?: number;
  /** Nanoseconds. */
  readonly segmentAgeMax?: bigint;
  /** Whether bodies that came plain are compressed when their segment is closed; default true. */
  readonly compress?: boolean;
  /** Bytes of the disk that stay free: nothing is written while there are less. Default 0. */
  readonly diskFreeMin?: number;
  /** A segment was closed and the next begun. */
  readonly onRotation?: () => void;
}

export interface FileStoreWriter extends JobStoreWriter {
  /** Whether files of this closed segment may still be replaced: deleting them now would not last. */
  isSealing(firstLsn: Lsn): boolean;
  readonly recovery: RecoveryReport;
  /** Resolves when nothing can be acknowledged any more until the store is opened again; pending for a healthy one. */
  readonly failed: Promise<StoreError>;
}

/** Large enough that a lookup touches few segments, small enough to be rebuilt in about a second and sealed in little memory. */
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
const SEGMENT_SPANS_MAX = 500_000;
const SEGMENT_AGE_MAX = 24n * 3600n * 1_000_000_000n;

/** Of one commit: enough to fill a disk's queue, little enough that the first in it does not wait for long. */
const COMMIT_BYTES_MAX = 4 * 1024 * 1024;
const COMMIT_RECORDS_MAX = 256;

/** Groups whose memory is used again: one is written while the next gathers. */
const FREE_GROUPS_MAX = 2;

/** Batches that are written and synced together, and who waits for them. */
interface Commit {
  readonly group: CommitGroup;
  readonly waiters: Waiter[];
  /** It is being written: nothing may join any more. */
  isClosed: boolean;
}

interface Waiter {
  readonly resolve: (lsn: Lsn) => void;
  readonly reject: (error: Error) => void;
}

/** @throws StoreError when another process writes to the store, or it cannot be read. */
export function openFileStoreWriter(path: string, options: WriterOptions): FileStoreWriter {
  makeFolders(path);
  const lock = lockStore(path);
  try {
    const folder = createStoreFolder(
      path,
      new Date(Number(options.now() / 1_000_000n)).toISOString(),
    );
    const recovered = recoverStore(folder, options.indexBatch);
    const compress = options.compress ?? true;
    const sealer = createSealer(folder, options.indexBatch, { compress });
    for (const firstLsn of recovered.unsealed) sealer.seal(firstLsn);
    const limits = {
      bytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
      spansMax: options.segmentSpansMax ?? SEGMENT_SPANS_MAX,
      ageMax: options.segmentAgeMax ?? SEGMENT_AGE_MAX,
    };
    const segments = openSegmentWriter(folder, recovered, sealer, limits, options.now);
    const durability = options.durability ?? { kind: "fsync" };
    return createWriter({
      lock,
      sealer,
      segments,
      durability,
      room: createDiskRoom(path, options.diskFreeMin ?? 0),
      recovery: recovered.report,
      onRotation: options.onRotation,
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface WriterParts {
  readonly lock: StoreLock;
  readonly sealer: Sealer;
  readonly segments: SegmentWriter;
  readonly durability: Durability;
  readonly room: DiskRoom;
  readonly recovery: RecoveryReport;
  readonly onRotation: (() => void) | undefined;
}

function createWriter(parts: WriterParts): FileStoreWriter {
  const { lock, sealer, segments, recovery } = parts;
  const syncer = createSyncer(segments, parts.durability);
  const committer = createCommitter({ ...parts, syncer });
  let closed = false;
  return {
    append(batch) {
      return closed
        ? Promise.reject(new StoreError("closed", "cannot append: the store was closed"))
        : committer.append(batch);
    },
    async close() {
      if (closed) return;
      closed = true;
      await committer.done();
      await syncer.close();
      await segments.close();
      await sealer.close();
      lock.release();
    },
    recovery,
    failed: syncer.failed,
    isSealing: (firstLsn) => sealer.isPending(firstLsn),
  };
}

interface Committer {
  append(batch: IncomingBatch): Promise<Lsn>;
  /** Resolves when nothing is under way. */
  done(): Promise<void>;
}

function createCommitter({
  segments,
  syncer,
  room,
  onRotation,
}: WriterParts & { readonly syncer: Syncer }): Committer {
  /** The first is being committed while `committing` is set; batches join the last. */
  const commits: Commit[] = [];
  const free: CommitGroup[] = [];
  let committing: Promise<void> | undefined;

  function append(batch: IncomingBatch): Promise<Lsn> {
    return new Promise((resolve, reject) => {
      const commit = openCommit(batch.body.length);
      commit.group.add(batch);
      commit.waiters.push({ resolve, reject });
      committing ??= commitAll();
    });
  }

  /** The commit that a batch of this size joins. */
  function openCommit(bytes: number): Commit {
    const last = commits.at(-1);
    if (last !== undefined && !last.isClosed && hasRoom(last.group, bytes)) return last;
    const commit = { group: free.pop() ?? createCommitGroup(), waiters: [], isClosed: false };
    commits.push(commit);
    return commit;
  }

  async function commitAll(): Promise<void> {
    // Whatever one turn of the event loop brings in, from however many senders, is one write and one sync.
    await setImmediate();
    for (let commit = commits[0]; commit !== undefined; commit = commits[0]) {
      commit.isClosed = true;
      try {
        await commitOne(commit);
      } catch (error) {
        const failure = asStoreError(error);
        syncer.noteFailure(failure);
        for (const { reject } of commit.waiters) reject(failure);
      }
      commits.shift();
      commit.group.clear();
      if (free.length < FREE_GROUPS_MAX && commit.group.capacity() <= 2 * COMMIT_BYTES_MAX)
        free.push(commit.group);
    }
    committing = undefined;
  }

  async function commitOne({ group, waiters }: Commit): Promise<void> {
    syncer.throwIfFailed();
    room.assertLeft();
    if (segments.isFull()) {
      await syncer.beforeRoll();
      await segments.roll();
      onRotation?.();
    }
    const firstLsn = await segments.write(group);
    await syncer.afterWrite();
    for (const [i, { resolve }] of waiters.entries()) resolve(firstLsn + i);
    segments.index(group);
  }

  return { append, done: async () => committing };
}

function hasRoom(group: CommitGroup, bytes: number): boolean {
  return group.count() < COMMIT_RECORDS_MAX && group.size() + bytes <= COMMIT_BYTES_MAX;
}
