/** Small protobuf messages written by hand, for cases that no encoder would produce. */

/** A complete request with one span: name "x", start 1544712660000000001, end 1544712661000000002. */
export const ONE_SPAN = Buffer.from(
  "0a35123312310a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);

/** {@link ONE_SPAN}'s span and the same with a trace id of zeros. */
export const ONE_OF_TWO_SPANS_INVALID = Buffer.from(
  "0a68126612310a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15" +
    "12310a10000000000000000000000000000000001208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);

/** A trace id of 15 bytes. */
export const SHORT_TRACE_ID = Buffer.from(
  "0a34123212300a0f5b8efff798038103d269b633813fc61208eee19b7ec3c1b1742a017839014859e3faeb6f15410212f41efbeb6f15",
  "hex",
);

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** A length-delimited field. */
export function nested(number: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
}

export function utf8(number: number, text: string): Buffer {
  return nested(number, Buffer.from(text));
}

/** A request of one resource, one scope and these fields of one span. */
export function requestOfSpan(...fields: readonly Uint8Array[]): Buffer {
  return nested(1, nested(2, nested(2, ...fields)));
}

/** The fields of valid ids. */
export const IDS = Buffer.concat([
  nested(1, Buffer.alloc(16, 0xab)),
  nested(2, Buffer.alloc(8, 0xcd)),
]);
