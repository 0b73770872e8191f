/** What people paste is an id: 8 hex digits or more, or the beginning of a UUID. It needs no verb. */
export function looksLikeId(word: string): boolean {
  return /^[0-9a-f]{8,}$|^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(word);
}
