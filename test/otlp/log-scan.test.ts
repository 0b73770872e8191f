import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLogsRequest } from "../../src/otlp/decode.js";
import { createLogScanner, type LogScan } from "../../src/otlp/log-scan.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { logBodyText, logTraceIdHex } from "../../src/otlp/scan-text.js";
import { createTraceScanner } from "../../src/otlp/trace-scan.js";
import { VALUE_DEPTH_MAX } from "../../src/otlp/value-walk.js";
import { assertLogScanAgrees } from "./assert-log-scan-agrees.js";
import { logsRequestType } from "./otlp-schema.js";
import { recordedBodies } from "./recorded-bodies.js";
import { encodeLogsRequest, logsRequestArbitrary, WANTED_KEYS } from "./request-arbitrary.js";
import { scrambleMessage } from "./scramble-message.js";
import { nested, utf8 } from "./wire-bytes.js";

const scanLogs = createLogScanner(WANTED_KEYS);
const TRACE_ID = nested(9, Buffer.alloc(16, 0xab));

/** A request of one resource, one scope and these fields of one log record. */
function requestOfLog(...fields: readonly Uint8Array[]): Buffer {
  return nested(1, nested(2, nested(2, ...fields)));
}

function scanned(bytes: Uint8Array): LogScan {
  const result = scanLogs(bytes);
  assert.equal(result.kind, "scanned", JSON.stringify(result.kind === "malformed" && result));
  if (result.kind !== "scanned") throw new Error("unreachable");
  return result.scan;
}

/** Whether the scan let it through. */
function scansAndDecodes(bytes: Uint8Array): boolean {
  const result = scanLogs(bytes);
  if (result.kind === "malformed") {
    assert.ok(result.offset >= 0 && result.offset <= bytes.length);
    return false;
  }
  const logs = decodeLogsRequest(bytes).resourceLogs.flatMap(({ scopeLogs }) =>
    (scopeLogs ?? []).flatMap((scope) => scope.logRecords ?? []),
  );
  assert.equal(result.scan.logCount, logs.length);
  return true;
}

/** Values inside values, as an AnyValue. */
function nestedArrays(levels: number): Buffer {
  let value: Buffer = utf8(1, "x");
  for (let level = 0; level < levels; level++) value = nested(5, nested(1, value));
  return value;
}

describe("createLogScanner()", () => {
  it("agrees with the full decode on generated requests with every field", () => {
    fc.assert(
      fc.property(logsRequestArbitrary, (request) =>
        assertLogScanAgrees(encodeLogsRequest(request)),
      ),
      { numRuns: 500 },
    );
  });

  it("agrees with fields in any order and unknown fields between them", () => {
    fc.assert(
      fc.property(logsRequestArbitrary, fc.infiniteStream(fc.nat()), (request, numbers) => {
        const draw = (limit: number): number => (numbers.next().value ?? 0) % limit;
        const plain = encodeLogsRequest(request);
        const scrambled = scrambleMessage(plain, logsRequestType, draw);
        assert.deepEqual(decodeLogsRequest(scrambled), decodeLogsRequest(plain));
        assertLogScanAgrees(scrambled);
      }),
      { numRuns: 500 },
    );
  });

  it("agrees when a body stands twice, an attribute between", () => {
    const attribute = nested(6, utf8(1, "jid"), nested(2, utf8(1, "abc")));
    const body = (...content: readonly Uint8Array[]): Buffer => nested(5, ...content);
    for (const second of [body(), body(utf8(1, "late")), body(nested(5))])
      assertLogScanAgrees(requestOfLog(TRACE_ID, body(utf8(1, "first")), attribute, second));
    assert.equal(
      logBodyText(scanned(requestOfLog(body(utf8(1, "first")), attribute, body())), 0),
      "first",
    );
  });

  it("takes a record of no trace, and one whose ids are not valid", () => {
    for (const id of [Buffer.alloc(0), Buffer.alloc(16), Buffer.alloc(15, 1)])
      assert.equal(logTraceIdHex(scanned(requestOfLog(nested(9, id))), 0), undefined);
    assert.equal(scanned(requestOfLog(nested(9, Buffer.alloc(16)))).oddLogIdCount, 0);
    assert.equal(scanned(requestOfLog(nested(9, Buffer.alloc(15, 1)))).oddLogIdCount, 1);
  });

  it("bounds how deep a body nests, and decodes the deepest that it takes", () => {
    const deepest = requestOfLog(nested(5, nestedArrays(VALUE_DEPTH_MAX)));
    assert.ok(scansAndDecodes(deepest));
    assert.ok(!scansAndDecodes(requestOfLog(nested(5, nestedArrays(VALUE_DEPTH_MAX + 1)))));
  });

  it("bounds records and attributes", () => {
    const record = nested(2);
    const scope = (count: number): Buffer =>
      nested(1, nested(2, Buffer.concat(Array.from({ length: count }, () => record))));
    assert.equal(scanned(scope(100_000)).logCount, 100_000);
    assert.equal(scanLogs(scope(100_001)).kind, "malformed");
    const attributes = Array.from({ length: 1_001 }, () => nested(6));
    assert.equal(scanLogs(requestOfLog(...attributes.slice(1))).kind, "scanned");
    assert.equal(scanLogs(requestOfLog(...attributes)).kind, "malformed");
  });

  it("does not take recorded traces for logs, nor logs for traces", () => {
    const recorded = recordedBodies();
    assert.ok(recorded.length > 0);
    for (const { name, bytes } of recorded) assert.equal(scanLogs(bytes).kind, "malformed", name);
    const log = requestOfLog(Buffer.concat([Buffer.from([0x09]), Buffer.alloc(8, 1)]), TRACE_ID);
    assert.equal(createTraceScanner([])(log).kind, "malformed");
  });

  it("survives any changed byte, any cut and bytes that are no request", () => {
    let refused = 0;
    const seeds = fc.sample(logsRequestArbitrary, { numRuns: 20, seed: 7 }).map(encodeLogsRequest);
    for (const bytes of seeds) {
      for (let at = 0; at < bytes.length; at++) {
        scansAndDecodes(bytes.subarray(0, at));
        for (const flip of [0x01, 0x08, 0x80]) {
          const damaged = Buffer.from(bytes);
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          if (!scansAndDecodes(damaged)) refused++;
        }
      }
    }
    assert.ok(refused > 100, `${refused} refused`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void scansAndDecodes(bytes)),
      { numRuns: 3_000 },
    );
  });

  it("reads OTLP/JSON to the same bytes as protobuf", () => {
    const json = {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: "1544712660000000001",
                  severityNumber: 9,
                  severityText: "INFO",
                  body: { stringValue: "start" },
                  traceId: "5B8EFFF798038103D269B633813FC60C",
                  spanId: "eee19b7ec3c1b174",
                },
                { severityNumber: "SEVERITY_NUMBER_WARN3", body: { kvlistValue: {} } },
              ],
            },
          ],
        },
      ],
    };
    const read = otlpFromJson(Buffer.from(JSON.stringify(json)), "logs");
    assert.equal(read.kind, "converted");
    if (read.kind !== "converted") return;
    assertLogScanAgrees(read.body);
    const [first, second] =
      decodeLogsRequest(read.body).resourceLogs[0]?.scopeLogs?.[0]?.logRecords ?? [];
    assert.equal(first?.severityNumber, 9);
    assert.equal(first?.body?.stringValue, "start");
    assert.equal(second?.severityNumber, 15);
    const snake = otlpFromJson(Buffer.from('{"resource_logs":[]}'), "logs");
    assert.match(snake.kind === "converted" ? snake.warning : "", /did you mean resourceLogs/);
  });
});
