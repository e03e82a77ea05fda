// The API by which the authentication service reports what a user has decided:
//
//   GET  /api/system/default/scope-grants/{login_id}          what is asked for
//   POST /api/system/default/scope-grants/{login_id}/accept   {"login_state", "granted_scopes"}
//   POST /api/system/default/scope-grants/{login_id}/reject   {"login_state", "error", "error_description"}
//
// It authenticates by an access token of a client of its own (client_credentials).

import { errors } from 'oidc-provider';
import { DECISION_SCOPE } from './clients.mjs';

const PATH = /^\/api\/system\/default\/scope-grants\/([0-9a-f]+)(?:\/(accept|reject))?$/;

const NO_SUCH_LOGIN = 'no such login is pending; it is unknown, decided or expired';

/** Longest body that is read, in bytes. */
const BODY_MAX = 65_536;

/** The API as middleware of the provider. */
export function systemApi(provider, logins) {
  return async (ctx, next) => {
    const [matches, id, decision] = PATH.exec(ctx.path) ?? [];
    if (!matches) return next();
    try {
      ctx.body = await answer({ provider, logins, ctx, id, decision });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      ctx.status = error.status;
      ctx.body = { status_code: error.status, error: error.message };
    }
  };
}

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answer({ provider, logins, ctx, id, decision }) {
  if (ctx.method !== (decision ? 'POST' : 'GET')) throw new Refusal(405, 'GET for a login, POST for its decision');
  if (!(await isAuthorized(provider, ctx))) throw new Refusal(401, `needs a token with the scope ${DECISION_SCOPE}`);
  const { login_state: state, granted_scopes: scopes } = decision ? await json(ctx.req) : ctx.query;

  const login = await logins.find(id);
  if (!login) throw new Refusal(404, NO_SUCH_LOGIN);
  if (state !== undefined && state !== login.state) throw new Refusal(403, 'login_state is not that of the login');
  if (!decision) return details(login);

  const granted = decision === 'accept' ? grantable(login, scopes) : undefined;
  const request = await provider.BackchannelAuthenticationRequest.find(login.authReqId);
  if (!request || !(await logins.end(login))) throw new Refusal(404, NO_SUCH_LOGIN);
  await decide(provider, request, granted);
  return { redirect_to: '' };
}

async function isAuthorized(provider, ctx) {
  const [, token] = /^Bearer (\S+)$/i.exec(ctx.get('authorization')) ?? [];
  const found = await provider.ClientCredentials.find(token);
  return found !== undefined && found.scopes.has(DECISION_SCOPE);
}

async function json(req) {
  let length = 0;
  const chunks = [];
  for await (const chunk of req) {
    length += chunk.length;
    if (length > BODY_MAX) throw new Refusal(413, `the body is longer than ${BODY_MAX} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (!text.startsWith('{')) throw new Refusal(400, 'the body is no JSON object');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is no JSON object');
  }
}

function details(login) {
  return {
    id: login.id,
    subject: login.user,
    client_id: login.clientId,
    client_info: { client_name: login.clientName },
    requested_scopes: login.scopes.map((name) => ({ name, requested_name: name })),
  };
}

function grantable(login, scopes) {
  const isComplete = Array.isArray(scopes) && scopes.includes('openid');
  if (!isComplete) throw new Refusal(400, 'granted_scopes is not a list with openid in it');
  const more = scopes.find((scope) => !login.scopes.includes(scope));
  if (more !== undefined) throw new Refusal(400, `granted_scopes has ${more}, which was not requested`);
  return scopes;
}

/** Stores the decision; for a ping client the library then sends the notification. */
async function decide(provider, request, grantedScopes) {
  if (grantedScopes === undefined) {
    await provider.backchannelResult(request, new errors.AccessDenied('the user refused'));
    return;
  }
  const grant = new provider.Grant({ accountId: request.accountId, clientId: request.clientId });
  grant.addOIDCScope(grantedScopes.join(' '));
  await grant.save();
  await provider.backchannelResult(request, grant, { authTime: Math.floor(Date.now() / 1000) });
}
