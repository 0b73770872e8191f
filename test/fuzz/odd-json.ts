/** Values, keys and white space that a JSON reader or the OTLP mapping may get wrong. */

export const ODD_VALUES: readonly string[] = [
  ...words('"" "x" null true false {} [] [[]] {"":null} [null] [{}]'),
  ...words("0 -0 -1 1.5 1500.0 1.5e3 1e400 -1e400 1E-5 1e99999999999 5e-324"),
  ...words('"0" "-1" "1.5" "1e3" "0x10" "+1" "1_000" "٣" "NaN" "-Infinity"'),
  // Around the ends of 32 and 64 bits.
  ...words("4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808"),
  ...words("18446744073709551615 18446744073709551616 1544712660300000123"),
  ...words('"4294967296" "18446744073709551615" "-9223372036854775809"'),
  ...words('"5b8efff798038103d269b633813fc60c" "00000000000000000000000000000000"'),
  ...words('"eee19b7ec3c1b174" "W47/95gDgQPSabYzgT/GDA==" "-_-_" "a" "=="'),
  ...words('"SPAN_KIND_SERVER" "STATUS_CODE_OK"'),
  // Halves of surrogate pairs, pairs, and escapes that are none.
  ...words(String.raw`"\ud800" "\udc00\ud800" "\ud83d\ude00" "\u0000" "\u00" "\x41"`),
  '" 1"',
  '"\t"',
  '"\u007f\u2028"',
  '"\ud83d\ude00"',
  '"\ufeff"',
  "",
  // What JSON does not have.
  ...words("01 +1 .5 1. 1e 0x10 NaN Infinity - undefined 'x' tru nulls"),
];

export const ODD_KEYS: readonly string[] = [
  ...words("__proto__ constructor prototype hasOwnProperty toString 0 4294967294"),
  ...words("resourceSpans resource_spans scopeSpans spans attributes key value values"),
  ...words("stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue"),
  ...words("traceId spanId parentSpanId kind status code startTimeUnixNano flags"),
  ...words(String.raw`events links entityRefs droppedAttributesCount \u0073pans`),
  "",
];

export const ODD_SPACES: readonly string[] = [" ", "\n\r\t ", "\f", "\u00a0", "\ufeff", "//x\n"];

function words(text: string): readonly string[] {
  return text.split(" ");
}
