/** What keeps a store from being used, in a sentence for the person who runs the command. */

export type StoreErrorCode =
  /** There is no store at this place. */
  | "no_store"
  /** Another process writes to it. */
  | "locked"
  /** Something in it cannot be read: permissions, a newer format, a foreign file. */
  | "unreadable"
  /** The disk refused; nothing was acknowledged. */
  | "write_failed"
  /** What the disk holds is not known any more: nothing is acknowledged until the store is opened again. */
  | "disk_failed"
  /** The writer was closed. */
  | "closed";

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
