/** Finds which of a few wanted attribute keys stands at a place, comparing bytes and making no string. */

export interface KeyMatcher {
  /** Index into the wanted keys, or -1. */
  match(bytes: Uint8Array, at: number, length: number): number;
}

export function createKeyMatcher(wantedKeys: readonly string[]): KeyMatcher {
  /** Most keys of a span have a length that no wanted key has, so the length alone rejects them. */
  const byLength = new Map<number, { readonly key: Uint8Array; readonly index: number }[]>();
  for (const [index, text] of wantedKeys.entries()) {
    const key = new TextEncoder().encode(text);
    byLength.set(key.length, [...(byLength.get(key.length) ?? []), { key, index }]);
  }
  const longest = Math.max(0, ...byLength.keys());
  const candidates = Array.from({ length: longest + 1 }, (_, length) => byLength.get(length));

  return {
    match(bytes, at, length) {
      const sameLength = candidates[length];
      if (sameLength === undefined) return -1;
      for (const { key, index } of sameLength) {
        // Keys of one family share their beginning, so the end tells them apart sooner.
        let i = length - 1;
        while (i >= 0 && bytes[at + i] === key[i]) i--;
        if (i < 0) return index;
      }
      return -1;
    },
  };
}
