/** The document of the format against the code: its worked example is what the code writes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { unixNano } from "../../../src/jobscope/model/time.js";
import {
  finishRecordHeader,
  readRecord,
  RECORD_HEADER_BYTES,
  recordBytes,
  writeRecordHeader,
} from "../../../src/jobscope/store/record.js";

describe("docs/segment-format.md", () => {
  it("shows the record that the code writes", () => {
    const document = readFileSync("docs/segment-format.md", "utf8");
    const hex = /<!-- example: record -->\n```\n([\s\S]*?)```/
      .exec(document)?.[1]
      ?.replace(/\s/g, "");
    const body = Buffer.from("hi");
    const record = Buffer.alloc(recordBytes(body.length));
    const counts = { spanCount: 1, logCount: 0 };
    const facts = { receivedAt: unixNano(1_000_000_000n), rawBytes: 2, ...counts };
    writeRecordHeader(record, 0, { ...facts, signal: "traces", codec: "gzip", body });
    body.copy(record, RECORD_HEADER_BYTES);
    finishRecordHeader(record, 0, 0);
    assert.equal(hex, record.toString("hex"));
    assert.equal(readRecord(record, 0).kind, "record");
  });
});
