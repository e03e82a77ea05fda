// The registered clients: one for each way to authenticate, and those that checks need besides.

/** The secret of all of them. It may stand here because the server listens on loopback only. */
export const CLIENT_SECRET = 'example-only-secret-of-every-client-for-loopback';

/** What a client with user codes has to send. */
export const USER_CODE = '1234';

/** The scope with which decisions are reported. */
export const DECISION_SCOPE = 'manage_scope_grants';

const SCOPE = 'openid profile offline_access';

const NO_BROWSER = { redirect_uris: [], response_types: [] };

const SERVICE = { ...NO_BROWSER, grant_types: ['client_credentials'] };

const POLL = {
  ...NO_BROWSER,
  grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token'],
  scope: SCOPE,
  backchannel_token_delivery_mode: 'poll',
};

const withSecret = (method) => ({ token_endpoint_auth_method: method, client_secret: CLIENT_SECRET });

/**
 * Metadata of all clients (OpenID Connect Dynamic Client Registration 1.0, 2, and CIBA Core 1.0, 4).
 *
 * @param notificationEndpoint where ping clients are notified; the library takes https only
 * @param jwks public keys of the clients
 */
export function clients(notificationEndpoint, jwks) {
  const ping = {
    ...POLL,
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: notificationEndpoint,
  };
  const basic = withSecret('client_secret_basic');
  const post = withSecret('client_secret_post');
  const secretJwt = withSecret('client_secret_jwt');
  const privateKeyJwt = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  const signedRequests = { jwks, backchannel_authentication_request_signing_alg: 'ES256' };
  return [
    { client_id: 'poll-basic', ...POLL, ...basic },
    { client_id: 'poll-post', ...POLL, ...post },
    { client_id: 'poll-secret-jwt', ...POLL, ...secretJwt },
    { client_id: 'poll-private-key-jwt', ...POLL, ...privateKeyJwt },
    { client_id: 'poll-public', ...POLL, token_endpoint_auth_method: 'none' },
    { client_id: 'poll-second', ...POLL, ...basic },
    { client_id: 'poll-user-code', ...POLL, ...basic, backchannel_user_code_parameter: true },
    { client_id: 'poll-signed', ...POLL, ...basic, ...signedRequests },
    { client_id: 'ping-basic', ...ping, ...basic },
    { client_id: 'ping-post', ...ping, ...post },
    { client_id: 'ping-secret-jwt', ...ping, ...secretJwt },
    { client_id: 'ping-private-key-jwt', ...ping, ...privateKeyJwt },
    { client_id: 'ping-second', ...ping, ...basic },
    { client_id: 'ping-signed', ...ping, ...privateKeyJwt, ...signedRequests },
    { client_id: 'without-ciba', ...SERVICE, ...basic, scope: 'openid' },
    { client_id: 'ciba-as', ...SERVICE, ...basic, scope: DECISION_SCOPE },
  ];
}
