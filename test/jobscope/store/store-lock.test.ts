/** One writer to a store, whoever comes and goes. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "../../../src/jobscope/store/store-error.js";
import { batchOf } from "./store-batches.js";
import { IDS, storeUnderTest } from "./store-under-test.js";

describe("the lock", () => {
  const store = storeUnderTest();
  const { fill, openWriter, openReader } = store;
  const script = fileURLToPath(new URL("./hold-store.js", import.meta.url));
  const hold = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [script, store.path()], { stdio: ["ignore", "pipe", "inherit"] });
  const firstLine = async (child: ReturnType<typeof spawn>): Promise<string> => {
    if (child.stdout === null) throw new Error("no stdout");
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    return chunk.toString().trim();
  };

  it("D29 lets one of five that start at once write, and names it to the others", async () => {
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

  it("D30 is free the moment its holder is killed, and names a living one", async () => {
    const child = hold();
    assert.equal(await firstLine(child), "held");
    assert.throws(() => openWriter(), new RegExp(`written by process ${child.pid} on `));
    child.kill("SIGKILL");
    await once(child, "exit");
    await fill(IDS.slice(0, 1));
  });

  it("D30 is not taken from a holder that is stopped", async () => {
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
    const foreign = join(store.path(), "log", "00000000000000ff.jlog");
    writeFileSync(foreign, "x".repeat(200));
    assert.throws(() => openWriter());
    rmSync(foreign);
    await fill(["b"]);
    assert.ok(existsSync(join(store.path(), "LOCK")));
  });

  it("D29 lets one of five first starters write, and all of them mean the same store", async () => {
    const children = Array.from({ length: 5 }, hold);
    const answers = await Promise.all(children.map(firstLine));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => once(child, "close")));
    assert.equal(answers.filter((answer) => answer === "held").length, 1, answers.join("\n"));
    await fill(IDS.slice(0, 1));
    await store.assertHas(IDS.slice(0, 1));
  });

  it("D30 holds between containers, where everybody is process 1", async function () {
    const contained = ["-rpf", "--mount-proc", process.execPath];
    if (spawnSync("unshare", [...contained, "-e", "0"]).status !== 0) {
      console.log("        skipped: no namespaces can be made here");
      this.skip();
    }
    const holdContained = (): ReturnType<typeof spawn> =>
      spawn("unshare", ["--kill-child", ...contained, script, store.path()], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    const first = holdContained();
    assert.equal(await firstLine(first), "held");
    const second = holdContained();
    assert.match(await firstLine(second), /written by process 1 on .*one store has one writer/);
    for (const child of [first, second]) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
    await fill(IDS.slice(0, 1));
  });
});

describe("the lock where there is no flock command", () => {
  const store = storeUnderTest();
  const { PATH } = process.env;
  beforeEach(() => {
    process.env["PATH"] = "/nowhere";
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
  });

  interface Holder {
    readonly pid: number;
    readonly host: string;
    readonly boot: string;
    readonly start: string;
  }
  const lock = (): string => join(store.path(), "LOCK");

  /** What a writer of this process leaves in LOCK while it holds it. */
  async function ownHolder(): Promise<Holder> {
    const writer = store.openWriter();
    const holder = JSON.parse(readFileSync(lock(), "utf8")) as Holder;
    await writer.close();
    return holder;
  }

  const gone: Readonly<Record<string, (own: Holder) => Partial<Holder>>> = {
    "that ended": () => ({ pid: 2 ** 22 + 1, start: "1" }),
    "whose number another process has now": (own) => ({ start: `${own.start}1` }),
    "of before the machine was started again": () => ({ boot: "another boot" }),
  };
  for (const [name, changes] of Object.entries(gone)) {
    it(`D30 is taken over from a holder ${name}`, async () => {
      const own = await ownHolder();
      writeFileSync(lock(), JSON.stringify({ ...own, ...changes(own) }));
      await store.openWriter().close();
    });
  }

  const alive: Readonly<Record<string, (own: Holder) => Partial<Holder>>> = {
    "that lives": () => ({}),
    "on another machine or in another container, of which nothing can be known": () => ({
      host: "elsewhere",
      pid: 1,
    }),
  };
  for (const [name, changes] of Object.entries(alive)) {
    it(`D30 is not taken over from a holder ${name}`, async () => {
      const own = await ownHolder();
      writeFileSync(lock(), JSON.stringify({ ...own, ...changes(own) }));
      assert.throws(
        () => store.openWriter(),
        (error: Error) => error instanceof StoreError && error.code === "locked",
      );
    });
  }

  for (const content of ["", "{", '{"pid":"x"}']) {
    it(`D30 is taken when LOCK names nobody: ${JSON.stringify(content)}`, async () => {
      await ownHolder();
      writeFileSync(lock(), content);
      await store.openWriter().close();
    });
  }
});
