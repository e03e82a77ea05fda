// One process that listens and answers.

import { createServer } from 'node:http';
import { listening, urlOf } from './addresses.mjs';
import { AuthenticationService } from './authentication-service.mjs';
import { Faults } from './faults.mjs';
import { createProvider } from './provider.mjs';

/**
 * How long an idle connection is kept, in ms. Node's default of 5 s is as long as the usual polling interval: the
 * server would close a connection just when the next poll is sent on it.
 */
const KEEP_ALIVE_MS = 65_000;

/** How the authentication service knows this server. */
const CREDENTIALS = { username: 'oidc-provider', password: 'example-only-password' };

/**
 * Listens on the port of `options`, and returns the issuer.
 *
 * @param keys of the server and of its clients; the same in all processes
 * @param state what is remembered between two requests
 */
export async function serve({ options, keys, state }) {
  const server = await listening(createServer({ keepAliveTimeout: KEEP_ALIVE_MS }), options.port);
  const issuer = urlOf(server);
  const provider = createProvider({
    issuer,
    authenticationService: new AuthenticationService({ url: options.authenticationService, ...CREDENTIALS }),
    options,
    keys,
    state,
    faults: new Faults(options.faults, state.faultMemory),
  });
  server.on('request', provider.callback());
  return issuer;
}
