// Starts the server: node server.mjs --help says how.

import { writeFileSync } from 'node:fs';
import { freeUrls } from './addresses.mjs';
import { clientKeys, serverKeys } from './keys.mjs';
import { HELP, UsageError, parseOptions } from './options.mjs';
import { startWorkers } from './processes.mjs';
import { State } from './state.mjs';
import { targetFile } from './target.mjs';

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
  const keys = { server: serverKeys(), clients: clientKeys(options.keys) };
  const isAlone = options.processes === 1 && options.store !== 'shared';
  const { issuer, pids } = isAlone ? await startAlone({ options, keys }) : await startWorkers({ options, keys });

  if (options.writeTarget !== undefined) writeFileSync(options.writeTarget, targetFile({ issuer, options }));
  const { authenticationService, notificationEndpoint, store, processes, faults } = options;
  const isDivided = processes > 1 && store !== 'shared';
  console.log(JSON.stringify({
    ready: true, pid: process.pid, pids, issuer, authenticationService, notificationEndpoint, store, faults,
    ...(isDivided && { warning: `${processes} processes with a store each: what one was told the others do not know` }),
  }));
}

async function startAlone({ options, keys }) {
  // Not above: a primary process has no use for the library, which takes memory.
  const { serve } = await import('./serve.mjs');
  const issuer = await serve({ options, keys, state: new State() });
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
  return { issuer, pids: [process.pid] };
}
