// The library, configured: CIBA with poll and ping, its users at the authentication service.

import { Provider, errors } from 'oidc-provider';
import { DECISION_SCOPE, USER_CODE, clients } from './clients.mjs';
import { pollingInterval } from './interval.mjs';
import { Logins } from './logins.mjs';
import { outgoing, registeredAs } from './notifications.mjs';
import { systemApi } from './system-api.mjs';

/** How long a request may wait for its user, in s: unless the client asks otherwise, and at most. */
const EXPIRES_IN_S = 120;
const EXPIRES_IN_MAX_S = 600;

/** Longest request_context, in characters. The library leaves that to its user. */
const REQUEST_CONTEXT_MAX = 2_048;

/** The server as a Koa application. */
export function createProvider({ issuer, authenticationService, options, keys, state, faults }) {
  const logins = new Logins(authenticationService, state.store('Login'));
  const provider = new Provider(issuer, {
    clients: clients(registeredAs(options.notificationEndpoint), keys.clients),
    jwks: keys.server,
    adapter: options.store === 'lru' ? undefined : (model) => faults.store(model, state.store(model)),
    // Who comes second has the tokens of the first revoked. Where that overtakes the first one's look for its grant, in
    // another process, nobody would get tokens; so the grant itself stays, and nothing can be had for it.
    ...(options.store === 'shared' && { revokeGrantPolicy: () => false }),
    scopes: ['openid', 'profile', 'offline_access', DECISION_SCOPE],
    claims: { openid: ['sub'], profile: ['name'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    routes: { backchannel_authentication: '/backchannel' },
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      Grant: 3_600,
      IdToken: 600,
      RefreshToken: 3_600,
      BackchannelAuthenticationRequest: (ctx) => {
        const { requested_expiry: requested } = ctx.oidc.params;
        return requested ? Math.min(Number(requested), EXPIRES_IN_MAX_S) : EXPIRES_IN_S;
      },
    },
    fetch: outgoing(options.notificationEndpoint, faults),
    findAccount: (ctx, user, source) => findAccount({ ctx, user, source, authenticationService, faults }),
    features: {
      ciba: ciba(logins, faults),
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
    },
  });
  provider.use(systemApi(provider, logins));
  provider.use(alive);
  if (options.interval !== undefined || faults.throttles) {
    provider.use(pollingInterval({
      announced: options.interval, isEnforced: options.enforceInterval, paces: state.paces, faults,
    }));
  }
  provider.on('server_error', (ctx, error) => console.error(`${ctx.method} ${ctx.path}: ${error.message}`));
  return provider;
}

function ciba(logins, faults) {
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: (_ctx, hint) => hint,
    processLoginHintToken: () => {
      throw new errors.InvalidRequest('login_hint_token is not taken here; send login_hint or id_token_hint');
    },
    verifyUserCode: (ctx, _account, code) => {
      if (!ctx.oidc.client.backchannelUserCodeParameter) return;
      if (code === undefined) throw new errors.MissingUserCode('user_code is needed');
      if (code !== USER_CODE) throw new errors.InvalidUserCode('user_code is not that of the user');
    },
    validateRequestContext: (_ctx, context) => {
      if (context?.length > REQUEST_CONTEXT_MAX) throw new errors.InvalidRequest('request_context is too long');
    },
    triggerAuthenticationDevice: async (_ctx, request, account, client) => {
      await faults.seesLogin(request.jti, account.accountId);
      // Awaited, so that a client is told if its user could not be asked. A decision, and its ping, may overtake the
      // acknowledgement.
      await logins.begin(request, client);
    },
  };
}

/** The user whom a hint names, if the authentication service can ask them; and, for a token, the one who was asked. */
async function findAccount({ ctx, user, source, authenticationService, faults }) {
  if (ctx.oidc.route === 'backchannel_authentication' && !(await authenticationService.verify(user))) return undefined;
  const accountId = await faults.userOf(source?.jti, user);
  return { accountId, claims: () => ({ sub: accountId, name: accountId }) };
}

async function alive(ctx, next) {
  if (ctx.path !== '/alive') return next();
  ctx.body = { status: 'ok' };
}
