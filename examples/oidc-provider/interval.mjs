// The polling interval. The library announces none (clients then take 5 s) and throttles nobody. `--interval` announces
// one, `--enforce-interval` answers slow_down to those who do not keep it.

import { errors } from 'oidc-provider';

/** What clients keep to where nothing is announced, in s (CIBA Core 1.0, 7.3). */
const DEFAULT_S = 5;

/** The interval as middleware of the provider; it changes what the library has answered. */
export function pollingInterval({ announced, isEnforced, paces, faults }) {
  const window = faults.windowOf(announced ?? DEFAULT_S);
  return async (ctx, next) => {
    // From the same moment on in all processes of a machine.
    const arrived = performance.timeOrigin + performance.now();
    await next();
    const { route } = ctx.oidc ?? {};
    if (route === 'backchannel_authentication' && ctx.status === 200) {
      if (announced !== undefined) ctx.body.interval = announced;
      await paces.begin(ctx.body.auth_req_id, window, ctx.body.expires_in);
    } else if (route === 'token' && ctx.body?.error === 'authorization_pending') {
      const isThrottled = isEnforced || faults.throttles;
      const isTooEarly = isThrottled && (await paces.isTooEarly(ctx.oidc.params.auth_req_id, arrived));
      if (isTooEarly) ctx.body = answerOf(new errors.SlowDown());
    }
  };
}

function answerOf({ error, error_description }) {
  return { error, error_description };
}
