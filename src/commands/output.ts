/** Where a document goes: standard output, or a file that is there whole or not at all. */
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

export interface Output {
  /** Resolves when there is room for more. */
  line(text: string): Promise<void>;
  /** What was written is there, and nothing before. */
  finish(): Promise<void>;
  /** After an error or an interruption: what was there before stays. */
  abandon(): Promise<void>;
}

/** Characters that are written at once. */
const CHUNK = 64 * 1024;

/** `path`: undefined for standard output. @throws UsageError when it cannot be written. */
export async function openOutput(path: string | undefined, context: Context): Promise<Output> {
  if (path === undefined || path === "-") {
    return buffered({
      async write(text) {
        context.print(text.slice(0, -1));
        await context.drained();
      },
      finish: async () => undefined,
      abandon: async () => undefined,
    });
  }
  try {
    return buffered(await fileSink(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

interface Sink {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

function buffered(sink: Sink): Output {
  let waiting: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const text = `${waiting.join("\n")}\n`;
    waiting = [];
    length = 0;
    await sink.write(text);
  };
  return {
    async line(text) {
      waiting.push(text);
      length += text.length + 1;
      if (length >= CHUNK) await flush();
    },
    async finish() {
      await flush();
      await sink.finish();
    },
    abandon: () => sink.abandon(),
  };
}

async function fileSink(path: string): Promise<Sink> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) throw new Error("it is a folder");
  // A pipe or a device is written to as it is.
  if (there !== undefined && !there.isFile()) {
    const handle = await open(path, "w");
    return {
      ...writing(path, handle),
      finish: () => handle.close(),
      abandon: () => handle.close(),
    };
  }
  // A link keeps pointing where it did.
  const target = there === undefined ? path : await realpath(path);
  const temporary = `${target}.${process.pid}.part`;
  const handle = await open(temporary, "w", there === undefined ? 0o666 : there.mode & 0o777);
  return {
    ...writing(path, handle),
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(temporary, target);
    },
    async abandon() {
      await handle.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
    },
  };
}

function writing(path: string, handle: FileHandle): Pick<Sink, "write"> {
  return {
    async write(text) {
      try {
        await handle.writeFile(text);
      } catch (error) {
        throw cannotWrite(path, error);
      }
    },
  };
}

function cannotWrite(path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = {
    ENOENT: "there is no such folder",
    EACCES: "permission denied",
    ENOSPC: "the disk is full",
  }[code ?? ""];
  return new UsageError(`cannot write ${path}: ${reason ?? message}`);
}
