// Starts the server: node server.mjs --help says how.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { freeUrls, listening, urlOf } from './addresses.mjs';
import { AuthenticationService } from './authentication-service.mjs';
import { Faults } from './faults.mjs';
import { HELP, UsageError, parseOptions } from './options.mjs';
import { createProvider } from './provider.mjs';
import { targetFile } from './target.mjs';

/**
 * How long an idle connection is kept, in ms. Node's default of 5 s is as long as the usual polling interval: the
 * server would close a connection just when the next poll is sent on it.
 */
const KEEP_ALIVE_MS = 65_000;

/** How the authentication service knows this server. */
const CREDENTIALS = { username: 'oidc-provider', password: 'example-only-password' };

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await start(options);
} catch (error) {
  console.error(`server.mjs: ${error.message}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

async function start(options) {
  if (options.freePorts) {
    const [authenticationService, notificationEndpoint] = await freeUrls('', '/ping');
    Object.assign(options, { port: 0, authenticationService, notificationEndpoint });
  }
  const server = await listening(createServer({ keepAliveTimeout: KEEP_ALIVE_MS }), options.port);
  const issuer = urlOf(server);
  const provider = createProvider({
    issuer,
    authenticationService: new AuthenticationService({ url: options.authenticationService, ...CREDENTIALS }),
    options,
    faults: new Faults(options.faults),
  });
  server.on('request', provider.callback());
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

  if (options.writeTarget !== undefined) writeFileSync(options.writeTarget, targetFile({ issuer, options }));
  const { authenticationService, notificationEndpoint, faults } = options;
  console.log(JSON.stringify({
    ready: true, pid: process.pid, issuer, authenticationService, notificationEndpoint, faults,
  }));
}
