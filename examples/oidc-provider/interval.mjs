// The polling interval. The library announces none (clients then take 5 s) and throttles nobody. `--interval` announces
// one, `--enforce-interval` answers slow_down to those who do not keep it.

import { errors } from 'oidc-provider';
import { Store } from './store.mjs';

/** What clients keep to where nothing is announced, in s (CIBA Core 1.0, 7.3). */
const DEFAULT_S = 5;

/** By how much slow_down makes the interval longer, in s (CIBA Core 1.0, 11). */
const SLOWER_S = 5;

/**
 * The pace of one client with one request. Each poll begins the window anew, and each slow_down makes it longer for good.
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

/** The interval as middleware of the provider; it changes what the library has answered. */
export function pollingInterval({ announced, isEnforced, faults }) {
  const paces = new Store();
  const window = faults.windowOf(announced ?? DEFAULT_S);
  return async (ctx, next) => {
    const arrived = performance.now();
    await next();
    const { route } = ctx.oidc ?? {};
    if (route === 'backchannel_authentication' && ctx.status === 200) {
      if (announced !== undefined) ctx.body.interval = announced;
      await paces.upsert(ctx.body.auth_req_id, new Pace(window), ctx.body.expires_in);
    } else if (route === 'token' && ctx.body?.error === 'authorization_pending') {
      const pace = await paces.find(ctx.oidc.params.auth_req_id);
      const isThrottled = (isEnforced || faults.throttles) && pace?.isTooEarly(arrived);
      if (isThrottled) ctx.body = answerOf(new errors.SlowDown());
    }
  };
}

function answerOf({ error, error_description }) {
  return { error, error_description };
}
