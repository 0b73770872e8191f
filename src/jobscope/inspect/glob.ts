/** Patterns as people type them: `*` stands for anything, everything else for itself. */

export interface Glob {
  test(text: string): boolean;
}

/** No RegExp: an engine refuses one that is as long as a name from a span may be, and tries some for ever. */
export function globPattern(glob: string): Glob {
  const parts = glob.split("*");
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return { test: (text) => text === glob };
  return {
    test(text) {
      const end = text.length - last.length;
      if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
      let from = first.length;
      // The first place that fits leaves most for the others.
      for (const part of others) {
        const at = text.indexOf(part, from);
        if (at === -1) return false;
        from = at + part.length;
      }
      return from <= end;
    },
  };
}
