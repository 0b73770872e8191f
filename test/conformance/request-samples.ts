/** Requests of the conformance list, by the names they have there. */
import { F1 } from "../receiver/test-receiver.js";

/** Two spans, the trace id of the second all zero. */
export const F2 = Buffer.from(
  "0a68126612310a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f1512310a10000000000000000000000000000000001208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);
/** A trace id of 15 bytes. */
export const F3 = Buffer.from(
  "0a34123212300a0f5b8efff798038103d269b633813fc61208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);
/** F1 as JSON. */
export const J1 = jsonOf({});

/** One span as JSON text, valid but for what is given. */
export function jsonOf(span: Readonly<Record<string, unknown>>): string {
  const whole = {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "EEE19B7EC3C1B174",
    name: "x",
    startTimeUnixNano: "1544712660000000001",
    endTimeUnixNano: "1544712661000000002",
    ...span,
  };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [whole] }] }] });
}

/** S17: bodies that are no protobuf. */
export const MALFORMED: readonly (readonly [string, Buffer])[] = [
  ["a lone ff", Buffer.of(0xff)],
  ["F1 without its last byte", F1.subarray(0, -1)],
  ["a length beyond the end", Buffer.from("0affffffff0f", "hex")],
  ["a group", Buffer.of(0x0b)],
  ["wire type 7", Buffer.of(0x0f)],
  ["field number 0", Buffer.of(0, 0)],
  [
    "a varint of eleven bytes",
    Buffer.concat([Buffer.of(0x10), Buffer.alloc(10, 0xff), Buffer.of(1)]),
  ],
];
