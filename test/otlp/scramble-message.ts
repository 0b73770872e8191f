/**
 * The same message written in another way that protobuf allows: fields in another order, with unknown fields between
 * them, at every level. Only fields of one number keep their order, because that has a meaning.
 */
import protobuf from "protobufjs";
import { messageOf } from "./otlp-schema.js";

/** Gives whole numbers from 0 to below `limit`. */
export type Draw = (limit: number) => number;

/** Far above any number OTLP uses; takes two bytes as a tag and more. */
const UNKNOWN_NUMBERS = [30, 500, 100_000, 2 ** 29 - 1];

export function scrambleMessage(bytes: Uint8Array, type: protobuf.Type, draw: Draw): Uint8Array {
  const queues = new Map<number, Uint8Array[]>();
  const push = (number: number, field: Uint8Array): void => {
    queues.set(number, [...(queues.get(number) ?? []), field]);
  };
  for (const [number, field] of fieldsOf(bytes, type, draw)) push(number, field);
  for (let count = draw(3); count > 0; count--) {
    const number = UNKNOWN_NUMBERS[draw(UNKNOWN_NUMBERS.length)] ?? 30;
    push(number, unknownField(number, draw));
  }
  const order: Uint8Array[] = [];
  while (queues.size > 0) {
    const [number, queue] = [...queues][draw(queues.size)] ?? [0, []];
    const field = queue.shift();
    if (field !== undefined) order.push(field);
    if (queue.length === 0) queues.delete(number);
  }
  return Buffer.concat(order);
}

/** Number and whole bytes, tag included, of each field; messages inside are scrambled already. */
function fieldsOf(bytes: Uint8Array, type: protobuf.Type, draw: Draw): [number, Uint8Array][] {
  const reader = protobuf.Reader.create(Buffer.from(bytes));
  const fields: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const begin = reader.pos;
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    const inner = field === undefined ? undefined : messageOf(field);
    if (inner === undefined) {
      reader.skipType(tag & 7);
      fields.push([tag >>> 3, bytes.slice(begin, reader.pos)]);
    } else {
      const content = scrambleMessage(reader.bytes(), inner, draw);
      fields.push([tag >>> 3, protobuf.Writer.create().uint32(tag).bytes(content).finish()]);
    }
  }
  return fields;
}

function unknownField(number: number, draw: Draw): Uint8Array {
  const writer = protobuf.Writer.create();
  switch (draw(4)) {
    case 0:
      return writer
        .uint32(number * 8)
        .uint32(draw(2 ** 31))
        .finish();
    case 1:
      return writer
        .uint32(number * 8 + 1)
        .fixed32(draw(2 ** 31))
        .fixed32(0)
        .finish();
    case 2:
      return writer
        .uint32(number * 8 + 2)
        .bytes(Buffer.alloc(draw(200), 0xff))
        .finish();
    default:
      return writer
        .uint32(number * 8 + 5)
        .fixed32(draw(2 ** 31))
        .finish();
  }
}
