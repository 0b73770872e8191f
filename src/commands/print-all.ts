/** Prints a long text as fast as its reader takes it: what waits in memory is bounded. */
import type { Context } from "./context.js";

/** Characters that are written at once. */
const CHUNK = 64 * 1024;

export async function printAll(lines: Iterable<string>, context: Context): Promise<void> {
  let chunk: string[] = [];
  let length = 0;
  for (const line of lines) {
    chunk.push(line);
    length += line.length;
    if (length < CHUNK) continue;
    context.print(chunk.join("\n"));
    chunk = [];
    length = 0;
    await context.drained();
  }
  if (chunk.length > 0) context.print(chunk.join("\n"));
}
