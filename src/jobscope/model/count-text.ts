/**
 * A count with separators: `4,100`. Not by `toLocaleString`, which loads the data of a locale and makes the first line
 * of every command 8 ms later.
 */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
