/**
 * One budget for the bytes of all requests in flight: limits per request do not bound memory when there are many
 * requests. A sender that finds it used up is told to come back, before its body is read.
 */
export interface ByteBudget {
  /** false: no room now. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let taken = 0;
  return {
    take(bytes) {
      // A single request larger than the whole budget would wait for ever; its own limit is what refuses it.
      if (taken > 0 && taken + bytes > bytesMax) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}
