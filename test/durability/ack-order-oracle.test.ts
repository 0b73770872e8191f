/** The oracle of the order of system calls, on calls that were made up: what it lets pass and what it does not. */
import assert from "node:assert/strict";
import { checkAckOrder } from "./ack-order.js";
import { readStrace } from "./strace.js";

const TOKEN = "0123456789abcdef01234567";
const LOG = "/s/log/0.jlog";

const hex = (text: string): string =>
  `"${[...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
const call = (text: string): string => `7 ${text}`;
const write = (file: string, text: string): string =>
  call(`write(3<${file}>, ${hex(text)}, ${text.length}) = ${text.length}`);
const sync = (file: string): string => call(`fdatasync(3<${file}>) = 0`);
const rename = (from: string, to: string): string => call(`rename(${hex(from)}, ${hex(to)}) = 0`);

const BEGUN = [
  write(`${LOG}.tmp`, "header"),
  sync(`${LOG}.tmp`),
  rename(`${LOG}.tmp`, LOG),
  sync("/s/log"),
];
const ASKED = call(`read(5<socket:[1]>, ${hex(TOKEN)}, 24) = 24`);
const WRITTEN = write(LOG, TOKEN);
const ANSWERED = write("socket:[1]", "HTTP/1.1 200 OK");

function violations(lines: readonly string[]): readonly string[] {
  return checkAckOrder(readStrace(lines.join("\n")), new Set([TOKEN]), /[0-9a-f]{24}/).violations;
}

describe("the oracle of answer and fdatasync", () => {
  it("D11 lets an answer pass that comes after everything", () => {
    assert.deepEqual(violations([...BEGUN, ASKED, WRITTEN, sync(LOG), ANSWERED]), []);
  });

  it("D11 lets an answer pass while its log is replaced by one that was synced", () => {
    const anew = [write(`${LOG}.tmp`, TOKEN), sync(`${LOG}.tmp`), rename(`${LOG}.tmp`, LOG)];
    assert.deepEqual(violations([...BEGUN, ASKED, WRITTEN, sync(LOG), ...anew, ANSWERED]), []);
  });

  it("M11 notices a log that is replaced by one that was not synced, or not wholly", () => {
    const safe = [...BEGUN, ASKED, WRITTEN, sync(LOG), ANSWERED];
    const unsynced = [write(`${LOG}.tmp`, TOKEN), rename(`${LOG}.tmp`, LOG)];
    assert.match(violations([...safe, ...unsynced]).join(), /got its name before/);
    const part = [write(`${LOG}.tmp`, "a"), sync(`${LOG}.tmp`)];
    assert.match(violations([...safe, ...part, ...unsynced]).join(), /got its name before/);
  });

  it("M11 notices a name whose folder was not synced before the answer", () => {
    const lines = [...BEGUN.slice(0, -1), ASKED, WRITTEN, sync(LOG), ANSWERED, sync("/s/log")];
    assert.match(violations(lines).join(), /before the folder was synced/);
  });

  it("M11 notices an answer before the sync, and one before the bytes", () => {
    assert.match(violations([...BEGUN, ASKED, WRITTEN, ANSWERED, sync(LOG)]).join(), /fdatasync/);
    assert.match(violations([...BEGUN, ASKED, ANSWERED, WRITTEN, sync(LOG)]).join(), /written/);
  });
});
