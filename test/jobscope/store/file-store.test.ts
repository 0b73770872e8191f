/** The file store: the contract in several shapes of segments, rolling and sealing, recovery, and the lock. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import {
  type FileStoreWriter,
  openFileStoreWriter,
  type WriterOptions,
} from "../../../src/jobscope/store/file-store-writer.js";
import { StoreError } from "../../../src/jobscope/store/store-error.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { collect, describeJobStore } from "./job-store-contract.js";
import { batchOf, indexTestBatch } from "./store-batches.js";

let folderPath = (): string => "";
const folder = { path: () => folderPath() };

/** Gives each test of the `describe` it is called in a folder of its own. */
function useFolder(): void {
  const next = temporaryFolder();
  beforeEach(() => {
    folderPath = next;
  });
}

/** A clock that moves by a nanosecond each time it is looked at. */
let clock = 1_800_000_000_000_000_000n;

function openWriter(options: Partial<WriterOptions> = {}): FileStoreWriter {
  return openFileStoreWriter(folder.path(), {
    indexBatch: indexTestBatch,
    now: () => unixNano((clock += 1n)),
    ...options,
  });
}

function openReader(): ReturnType<typeof openFileStoreReader> {
  return openFileStoreReader(folder.path(), { indexBatch: indexTestBatch });
}

const open = (options: Partial<WriterOptions>) => () => ({
  writer: openWriter(options),
  reader: openReader(),
});

const SHAPES: Readonly<Record<string, Partial<WriterOptions>>> = {
  "the file store": {},
  "the file store with a segment for each commit": { segmentBytesMax: 1 },
  "the file store that syncs every so often": { durability: { kind: "interval", intervalMs: 1 } },
  "the file store that never syncs": { durability: { kind: "none" } },
};

describe("in any shape", () => {
  useFolder();
  for (const [name, options] of Object.entries(SHAPES)) describeJobStore(name, open(options));
});

function logFiles(suffix: string): readonly string[] {
  const log = join(folder.path(), "log");
  return readdirSync(log)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(log, name));
}

async function fill(ids: readonly string[], options: Partial<WriterOptions> = {}): Promise<void> {
  const writer = openWriter(options);
  for (const id of ids) await writer.append(batchOf([id]));
  await writer.close();
}

async function assertHas(ids: readonly string[]): Promise<void> {
  const reader = openReader();
  for (const id of ids) {
    const [row] = await reader.findRows(id);
    assert.ok(row, `${id} is lost`);
    assert.ok(await reader.read(row.lsn), `${id} is unreadable`);
  }
  assert.equal((await collect(reader.batches())).length, ids.length);
  await reader.close();
}

const IDS = Array.from({ length: 20 }, (_, i) => `job-${String(i).padStart(2, "0")}`);

describe("the file store over several openings", () => {
  useFolder();
  it("goes on where it stopped", async () => {
    await fill(IDS.slice(0, 5));
    await fill(IDS.slice(5, 9));
    await assertHas(IDS.slice(0, 9));
    assert.equal(logFiles(".jlog").length, 1);
  });

  it("seals closed segments: one run in .jidx, no live index left, the same answers", async () => {
    await fill(IDS, { segmentBytesMax: 300 });
    assert.ok(logFiles(".jlog").length > 3);
    assert.equal(logFiles(".jidx").length, logFiles(".jlog").length - 1);
    assert.equal(logFiles(".jlix").length, 1);
    await assertHas(IDS);
  });

  it("rolls by spans and by age as well", async () => {
    await fill(IDS.slice(0, 6), { segmentSpansMax: 2 });
    assert.equal(logFiles(".jlog").length, 3);
    await fill(IDS.slice(6, 9), { segmentAgeMax: 1n });
    await assertHas(IDS.slice(0, 9));
    assert.ok(logFiles(".jlog").length > 4);
  });

  it("is readable by its owner only", async () => {
    await fill(IDS.slice(0, 1));
    assert.equal(statSync(folder.path()).mode & 0o077, 0);
    for (const name of ["STORE.json", "LOCK", "log"])
      assert.equal(statSync(join(folder.path(), name)).mode & 0o077, 0, name);
    for (const file of [...logFiles(".jlog"), ...logFiles(".jlix")])
      assert.equal(statSync(file).mode & 0o077, 0, file);
  });

  it("can be read while it is written, rolled and sealed", async () => {
    const writer = openWriter({ segmentBytesMax: 500 });
    const reader = openReader();
    let written = 0;
    const writing = (async () => {
      for (; written < 300; written++) await writer.append(batchOf([`job-${written}`]));
    })();
    let looks = 0;
    while (written < 300) {
      const until = written;
      for (const id of [0, Math.floor(until / 2), until - 1].filter(
        (each) => each >= 0 && each < until,
      )) {
        assert.equal((await reader.findRows(`job-${id}`)).length, 1, `job-${id} of ${until}`);
      }
      looks++;
      await new Promise(setImmediate);
    }
    await writing;
    assert.ok(looks > 3);
    assert.deepEqual(
      (await collect(reader.batches())).map(({ lsn }) => lsn),
      [...Array(300).keys()],
    );
    await writer.close();
    await reader.close();
  });
});

describe("damage to the newest segment", () => {
  useFolder();
  const log = (): string => logFiles(".jlog").at(-1) ?? "";
  const index = (): string => logFiles(".jlix").at(-1) ?? "";

  it("a record torn at any byte: ignored by a reader, set aside by the writer, no other record lost", async () => {
    await fill(IDS.slice(0, 2));
    const whole = readFileSync(log());
    const wholeIndex = readFileSync(index());
    await fill(["last"]);
    const full = readFileSync(log());
    for (let cut = whole.length + 1; cut < full.length - 8; cut++) {
      writeFileSync(log(), full.subarray(0, cut));
      writeFileSync(index(), wholeIndex);
      await assertHas(IDS.slice(0, 2));
      const writer = openWriter();
      assert.deepEqual(
        [writer.recovery.tornBytes, writer.recovery.damage],
        [cut - whole.length, []],
        `cut at ${cut}`,
      );
      assert.deepEqual(readFileSync(`${log()}.torn`), full.subarray(whole.length, cut));
      assert.equal(await writer.append(batchOf(["next"])), 2);
      await writer.close();
      await assertHas([...IDS.slice(0, 2), "next"]);
    }
  });

  for (const zeros of [1, 512, 4096, 1024 * 1024]) {
    it(`${zeros} zero bytes at the end: torn, not corrupt`, async () => {
      await fill(IDS);
      appendFileSync(log(), Buffer.alloc(zeros));
      await assertHas(IDS);
      const writer = openWriter();
      assert.deepEqual([writer.recovery.tornBytes, writer.recovery.damage], [zeros, []]);
      await writer.close();
      await assertHas(IDS);
    });
  }

  it("any flipped bit: at most its own record is lost, and it is reported; the index is not trusted over the log", async () => {
    await fill(IDS.slice(0, 4));
    const bytes = readFileSync(log());
    rmSync(index());
    for (let bit = 64 * 8; bit < bytes.length * 8; bit += 3) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8((damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(log(), damaged);
      const reader = openReader();
      const ids = (await collect(reader.jobs({}))).map(({ jobId }) => jobId).sort();
      assert.ok(ids.length >= 3, `bit ${bit} lost ${4 - ids.length} records`);
      assert.ok(ids.every((id) => IDS.includes(id)));
      if (ids.length === 3 && !(await isLastLost(ids)))
        assert.equal((await reader.info()).damage.length, 1, `bit ${bit} was not reported`);
      await reader.close();
    }
  });

  /** Damage in the last record is the same as a torn tail: nothing tells them apart. */
  async function isLastLost(ids: readonly string[]): Promise<boolean> {
    return !ids.includes(IDS[3] ?? "");
  }

  for (const [name, length] of [
    ["zero", 0],
    ["huge", 0xffffffff],
    ["just past the end", 100_000],
    ["into the next record", 200],
  ] as const) {
    it(`a length field that says ${name}: the record is skipped and reported, the others are found`, async () => {
      await fill(IDS.slice(0, 3));
      const bytes = readFileSync(log());
      bytes.writeUInt32LE(length, 64);
      writeFileSync(log(), bytes);
      rmSync(index());
      const reader = openReader();
      assert.deepEqual(
        (await collect(reader.jobs({}))).map(({ jobId }) => jobId).sort(),
        IDS.slice(1, 3),
      );
      const [damage] = (await reader.info()).damage;
      assert.deepEqual([damage?.file, damage?.offset], [log(), 64]);
      await reader.close();
      const writer = openWriter();
      assert.equal(writer.recovery.damage.length, 1);
      assert.equal(await writer.append(batchOf(["next"])), 3);
      await writer.close();
    });
  }

  for (const bytes of [0, 1, 63]) {
    it(`a log of ${bytes} bytes: begun again`, async () => {
      await fill(IDS.slice(0, 2), { segmentBytesMax: 1 });
      truncateSync(log(), bytes);
      const reader = openReader();
      assert.equal((await reader.findRows(IDS[0] ?? "")).length, 1);
      await reader.close();
      const writer = openWriter();
      const lsn = await writer.append(batchOf(["next"]));
      await writer.close();
      const again = openReader();
      assert.ok(await again.read(lsn));
      await again.close();
    });
  }

  it("a foreign file: refused by name, untouched", async () => {
    await fill(IDS.slice(0, 1));
    const foreign = join(folder.path(), "log", "00000000000000ff.jlog");
    writeFileSync(foreign, "x".repeat(200));
    assert.throws(
      () => openWriter(),
      (error: Error) => error instanceof StoreError && error.message.includes(foreign),
    );
    const reader = openReader();
    await assert.rejects(reader.findRows("a"), (error: Error) => error.message.includes(foreign));
    await reader.close();
    assert.equal(readFileSync(foreign, "utf8"), "x".repeat(200));
  });

  it("a log of another store: refused by name", async () => {
    await fill(IDS.slice(0, 1));
    const other = join(folder.path(), "other");
    mkdirSync(other);
    await openFileStoreWriter(other, {
      indexBatch: indexTestBatch,
      now: () => unixNano(1n),
    }).close();
    copyFileSync(
      join(other, "log", "0000000000000000.jlog"),
      join(folder.path(), "log", "00000000000000ff.jlog"),
    );
    assert.throws(() => openWriter(), /belongs to another store/);
  });

  it("a store of a newer format: refused, untouched", async () => {
    await fill(IDS.slice(0, 1));
    const file = join(folder.path(), "STORE.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"format":1', '"format":2'));
    assert.throws(() => openWriter(), /its format is 2 and this version reads 1/);
    assert.throws(() => openReader(), /its format is 2/);
  });

  it("no store: said so", () => {
    assert.throws(
      () => openFileStoreReader(join(folder.path(), "nowhere"), { indexBatch: indexTestBatch }),
      (error: Error) => error instanceof StoreError && error.code === "no_store",
    );
  });
});

describe("damage to an index", () => {
  useFolder();
  const cases: readonly (readonly [string, (file: string) => void])[] = [
    ["deleted", (file) => rmSync(file)],
    ["empty", (file) => truncateSync(file, 0)],
    ["cut in the header", (file) => truncateSync(file, 50)],
    ["cut in the middle", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ["full of zeros", (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    ["with a flipped bit in its header", (file) => flip(file, 20)],
  ];
  for (const [name, damage] of cases) {
    it(`${name}: ignored, the same answers, and made again by the writer`, async () => {
      await fill(IDS, { segmentBytesMax: 700 });
      for (const file of [...logFiles(".jidx"), ...logFiles(".jlix")]) damage(file);
      await assertHas(IDS);
      await fill(["next"], { segmentBytesMax: 700 });
      await assertHas([...IDS, "next"]);
    });
  }

  it("a live index cut at every byte: ignored from there, the same answers", async () => {
    await fill(IDS.slice(0, 3));
    const [file = ""] = logFiles(".jlix");
    const bytes = readFileSync(file);
    for (let cut = 0; cut < bytes.length; cut += 3) {
      writeFileSync(file, bytes.subarray(0, cut));
      await assertHas(IDS.slice(0, 3));
    }
  });

  it("of another store: ignored", async () => {
    await fill(IDS.slice(0, 3));
    const [file = ""] = logFiles(".jlix");
    const run = readFileSync(file);
    run.fill(7, 112, 128);
    writeFileSync(file, run);
    await assertHas(IDS.slice(0, 3));
  });

  it("ahead of its log: ignored", async () => {
    await fill(IDS.slice(0, 2));
    const [log = ""] = logFiles(".jlog");
    const size = statSync(log).size;
    await fill(["gone"]);
    truncateSync(log, size);
    const writer = openWriter();
    assert.equal(await writer.append(batchOf(["next"])), 2);
    await writer.close();
    await assertHas([...IDS.slice(0, 2), "next"]);
  });

  function flip(file: string, at: number): void {
    const bytes = readFileSync(file);
    bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
    writeFileSync(file, bytes);
  }
});

describe("the lock", () => {
  useFolder();
  const script = fileURLToPath(new URL("./hold-store.js", import.meta.url));
  const hold = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [script, folder.path()], { stdio: ["ignore", "pipe", "inherit"] });
  const firstLine = async (child: ReturnType<typeof spawn>): Promise<string> => {
    if (child.stdout === null) throw new Error("no stdout");
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    return chunk.toString().trim();
  };

  it("lets one of five that start at once write, and names it to the others", async () => {
    await fill(IDS.slice(0, 1));
    const children = Array.from({ length: 5 }, hold);
    const answers = await Promise.all(children.map(firstLine));
    const holder = children[answers.indexOf("held")];
    for (const child of children) child.kill("SIGKILL");
    assert.deepEqual(answers.filter((answer) => answer === "held").length, 1, answers.join("\n"));
    for (const answer of answers.filter((each) => each !== "held"))
      assert.match(answer, /one store has one writer/);
    await once(holder ?? children[0] ?? process, "close").catch(() => undefined);
  });

  it("is free the moment its holder is killed, and names a living one", async () => {
    const child = hold();
    assert.equal(await firstLine(child), "held");
    assert.throws(() => openWriter(), new RegExp(`written by process ${child.pid} on `));
    child.kill("SIGKILL");
    await once(child, "exit");
    await fill(IDS.slice(0, 1));
  });

  it("is not taken from a holder that is stopped", async () => {
    const child = hold();
    assert.equal(await firstLine(child), "held");
    child.kill("SIGSTOP");
    assert.throws(
      () => openWriter(),
      (error: Error) => error instanceof StoreError && error.code === "locked",
    );
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("does not keep readers out", async () => {
    const writer = openWriter();
    await writer.append(batchOf(["a"]));
    const reader = openReader();
    assert.equal((await reader.findRows("a")).length, 1);
    await reader.close();
    await writer.close();
  });

  it("is let go by a writer that could not open the store", async () => {
    await fill(IDS.slice(0, 1));
    const foreign = join(folder.path(), "log", "00000000000000ff.jlog");
    writeFileSync(foreign, "x".repeat(200));
    assert.throws(() => openWriter());
    rmSync(foreign);
    await fill(["b"]);
    assert.ok(existsSync(join(folder.path(), "LOCK")));
  });
});
