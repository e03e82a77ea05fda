// The target file that fits a running server. The one in the repository is for the default addresses; for others its
// lines are the same but for these.

import { readFileSync } from 'node:fs';

const COMMITTED = new URL('../../profiles/targets/oidc-provider.toml', import.meta.url);

/** The text of the target file. */
export function targetFile({ issuer, options }, text = readFileSync(COMMITTED, 'utf8')) {
  const service = new URL(options.authenticationService);
  const notification = new URL(options.notificationEndpoint);
  const replacements = [
    ['http://127.0.0.1:4000', issuer],
    ['listen = "127.0.0.1:4001"', `listen = "${service.host}"`],
    ['listen = "127.0.0.1:4002"', `listen = "${notification.host}"`],
    ['path = "/ping"', `path = "${notification.pathname}"`],
  ];
  if (options.enforceInterval) replacements.push(['enforcement = "allowed"', 'enforcement = "required"']);
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`profiles/targets/oidc-provider.toml: has no ${from} to be replaced`);
    text = text.replaceAll(from, to);
  }
  return text;
}
