// Free ports for those who talk to this server. Its own is free once it listens.

import { createServer } from 'node:net';

/**
 * As many URLs on loopback as there are paths, each on a port that nobody listened at just now. All are tried at the
 * same time, so that no two are the same.
 */
export async function freeUrls(...paths) {
  const servers = await Promise.all(paths.map(() => listening(createServer(), 0)));
  const urls = servers.map((server, at) => `${urlOf(server)}${paths[at]}`);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return urls;
}

/** `server`, once it listens on loopback. Port 0 is any free one. */
export function listening(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Where a server on loopback is reached. */
export function urlOf(server) {
  return `http://127.0.0.1:${server.address().port}`;
}
