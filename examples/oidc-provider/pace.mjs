// At which pace clients poll.

import { Store } from './store.mjs';

/** By how much slow_down makes the interval longer, in s (CIBA Core 1.0, 11). */
const SLOWER_S = 5;

/**
 * The pace of one client with one request. Each poll begins the window anew, and each slow_down makes it longer for
 * good.
 */
export class Pace {
  #interval;
  #last;

  /** @param interval seconds */
  constructor(interval) {
    this.#interval = interval;
  }

  /** Whether a poll at `now`, in ms, comes too early. */
  isTooEarly(now) {
    const isTooEarly = this.#last !== undefined && now - this.#last < this.#interval * 1000;
    this.#last = now;
    if (isTooEarly) this.#interval += SLOWER_S;
    return isTooEarly;
  }
}

/** The paces of all requests. */
export class Paces {
  #paces = new Store();

  /** @param interval seconds, as is `expiresIn` */
  async begin(authReqId, interval, expiresIn) {
    await this.#paces.upsert(authReqId, new Pace(interval), expiresIn);
  }

  /** Whether a poll at `now`, in ms, comes too early. */
  async isTooEarly(authReqId, now) {
    const pace = await this.#paces.find(authReqId);
    return pace !== undefined && pace.isTooEarly(now);
  }
}
