/** Damage to a request that knows its fields: lengths still fit, so that it reaches what lies deep inside. */
import type { Random } from "./seeded-random.js";
import { headOf, varint, type WireField } from "./wire-tree.js";

/** Deeper than the scan takes values, and likewise the repeats: more than it takes attributes on a span. */
const NESTING_MAX = 140;
const REPEATS_MANY = 1_100;

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 17, 500, 2 ** 29 - 1];
const WIRE_TYPES = [0, 1, 2, 3, 4, 5, 6, 7];

/** Varints at the edges: of 32 and 64 bits, longer than needed, longer than allowed, without an end. */
const VARINTS = [
  [0],
  varint(0, 3),
  varint(0, 9),
  varint(0, 10),
  varint(2 ** 31),
  varint(2 ** 32 - 1),
  varint(2 ** 32),
  [...Array<number>(9).fill(0xff), 0x01],
  [...Array<number>(9).fill(0xff), 0x7f],
  [...Array<number>(10).fill(0xff), 0x01],
  Array<number>(5).fill(0x80),
].map((bytes) => Uint8Array.from(bytes));

const TEXTS = [
  Buffer.alloc(0),
  Buffer.from("messaging.message_id"),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xc0, 0x80, 0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xe2, 0x82]),
  Buffer.alloc(130, "x"),
];

const NOTHING = new Uint8Array(0);

/** `other`: a tree to take parts from. */
export function mutateTree(
  fields: readonly WireField[],
  other: readonly WireField[],
  random: Random,
): readonly WireField[] {
  const at = random.below(fields.length);
  const field = fields[at];
  if (field === undefined) return [anywhere(other, random)];
  const inner = field.fields;
  // Most of a request lies deep, so most changes are made there.
  if (inner !== undefined && inner.length > 0 && !random.once(5)) {
    const { number, wireType } = field;
    return fields.with(at, { number, wireType, fields: mutateTree(inner, other, random) });
  }
  return changeAt(fields, at, field, other, random);
}

function changeAt(
  fields: readonly WireField[],
  at: number,
  field: WireField,
  other: readonly WireField[],
  random: Random,
): readonly WireField[] {
  switch (random.below(9)) {
    case 0:
      return fields.toSpliced(at, 1);
    case 6:
      // A second value in an AnyValue, a second name in a span: protobuf lets the last one win.
      return fields.toSpliced(at + random.below(2), 0, scalar(random));
    case 1:
      return fields.toSpliced(at, 0, ...repeat(field, random));
    case 2:
      return fields.toSpliced(at, 1).toSpliced(random.below(fields.length), 0, field);
    case 3:
      return fields.with(at, anywhere(other, random));
    case 4:
      return fields.toSpliced(at, 0, anywhere(other, random));
    case 5:
      return fields.with(at, nest(field, random));
    default:
      return fields.with(at, changeField(field, random));
  }
}

function repeat(field: WireField, random: Random): readonly WireField[] {
  const count = random.once(300) ? REPEATS_MANY : 1 + random.below(3);
  return Array<WireField>(count).fill(field);
}

function scalar(random: Random): WireField {
  const number = 1 + random.below(8);
  const wireType = random.pick([0, 0, 1, 2, 2, 5]);
  if (wireType === 0) return { number, wireType, value: random.pick(VARINTS) };
  if (wireType === 2) return { number, wireType, value: random.pick(TEXTS) };
  return { number, wireType, value: random.bytes(wireType === 1 ? 8 : 4) };
}

/** Any field of any level, often under another number than its own. */
function anywhere(fields: readonly WireField[], random: Random): WireField {
  const field = fields[random.below(fields.length)];
  if (field === undefined) return { number: 1, wireType: 2, value: Buffer.alloc(0) };
  if (field.fields !== undefined && random.below(3) > 0) return anywhere(field.fields, random);
  return random.once(3) ? { ...field, number: random.pick(NUMBERS) } : field;
}

/** A value in lists in lists: an AnyValue holds an ArrayValue as field 5, which holds AnyValues as field 1. */
function nest(field: WireField, random: Random): WireField {
  const isList = random.once(2);
  let value = field;
  for (let depth = random.below(random.once(4) ? NESTING_MAX : 6); depth > 0; depth--) {
    const item = message(1, isList ? [message(2, [value])] : [value]);
    value = message(isList ? 6 : 5, [item]);
  }
  return message(field.number, [value]);
}

function message(number: number, fields: readonly WireField[]): WireField {
  return { number, wireType: 2, fields };
}

function changeField(field: WireField, random: Random): WireField {
  const { number, wireType, value = NOTHING } = field;
  switch (random.below(6)) {
    case 0:
      return { ...field, number: random.pick(NUMBERS) };
    case 1:
      return { ...field, head: headOf(number, random.pick(WIRE_TYPES), value.length) };
    case 2:
      return { ...field, head: Buffer.from([...varint(number * 8 + wireType, random.below(6))]) };
    case 3:
      return wireType === 2 ? { ...field, head: wrongLength(field, random) } : field;
    case 4:
      if (wireType === 2) return { number, wireType, value: random.pick(TEXTS) };
      return {
        ...field,
        value: wireType === 0 ? random.pick(VARINTS) : random.bytes(value.length),
      };
    default:
      return { number, wireType: 0, value: random.pick(VARINTS) };
  }
}

function wrongLength({ number, value = NOTHING }: WireField, random: Random): Uint8Array {
  const lengths = [
    varint(value.length, 1 + random.below(5)),
    varint(value.length + random.below(5) - 2 < 0 ? 0 : value.length + random.below(3)),
    varint(2 ** 31 - 1),
    varint(2 ** 32 - 1),
    varint(2 ** 35),
    [...Array<number>(9).fill(0xff), 0x01],
  ];
  return Uint8Array.from([...varint(number * 8 + 2), ...random.pick(lengths)]);
}
