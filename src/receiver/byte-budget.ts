/**
 * One budget for the bytes of all requests in flight, over both protocols: limits per request do not bound memory when
 * there are many requests. Bytes are taken before they are read. Whoever finds no room waits a little, so that flow
 * control pushes back, and is then told to come back later.
 */
import { BUDGET_WAIT_MS, IN_FLIGHT_BYTES_MAX } from "./limits.js";

export interface ByteBudget {
  /** What one request holds; it begins with nothing. */
  reserve(): Reservation;
}

export interface Reservation {
  /** Bytes held now. */
  readonly bytes: number;
  /** false: no room now, or others wait already. */
  take(bytes: number): boolean;
  /** Waits for room, in turn. false: none came in time. */
  wait(bytes: number): Promise<boolean>;
  /** Gives all back. */
  release(): void;
}

export interface BudgetLimits {
  readonly inFlightBytesMax?: number;
  readonly budgetWaitMs?: number;
}

interface Waiter {
  readonly bytes: number;
  readonly own: Held;
  readonly resolve: (isTaken: boolean) => void;
}

interface Held {
  bytes: number;
}

export function createByteBudget({
  inFlightBytesMax = IN_FLIGHT_BYTES_MAX,
  budgetWaitMs = BUDGET_WAIT_MS,
}: BudgetLimits = {}): ByteBudget {
  let taken = 0;
  const waiters = new Set<Waiter>();

  // A single request larger than the whole budget would wait for ever; its own limit is what refuses it.
  const hasRoom = (bytes: number, own: Held): boolean =>
    taken === own.bytes || taken + bytes <= inFlightBytesMax;
  const hold = (bytes: number, own: Held): void => {
    taken += bytes;
    own.bytes += bytes;
  };
  const serveWaiters = (): void => {
    for (const waiter of waiters) {
      if (!hasRoom(waiter.bytes, waiter.own)) return;
      waiters.delete(waiter);
      hold(waiter.bytes, waiter.own);
      waiter.resolve(true);
    }
  };

  return {
    reserve() {
      const own: Held = { bytes: 0 };
      return {
        get bytes() {
          return own.bytes;
        },
        take(bytes) {
          if (waiters.size > 0 || !hasRoom(bytes, own)) return false;
          hold(bytes, own);
          return true;
        },
        wait(bytes) {
          return new Promise((resolve) => {
            const timer = setTimeout(() => {
              waiters.delete(waiter);
              resolve(false);
              serveWaiters();
            }, budgetWaitMs);
            const waiter: Waiter = {
              bytes,
              own,
              resolve: (isTaken) => {
                clearTimeout(timer);
                resolve(isTaken);
              },
            };
            waiters.add(waiter);
          });
        },
        release() {
          taken -= own.bytes;
          own.bytes = 0;
          if (waiters.size > 0) serveWaiters();
        },
      };
    },
  };
}

/** A request that was refused because the disk stalls is held until the disk is done with it. */
export function releaseWhenFree(
  received: { readonly kind: string; readonly heldUntil?: Promise<unknown> },
  reservation: Reservation,
): void {
  if (received.heldUntil === undefined) reservation.release();
  else void received.heldUntil.then(() => reservation.release());
}
