// Keys. Those of the server live as long as the process. Those of the clients are made once and kept in a folder, since
// the clients are another program: it signs assertions and authentication requests with them.

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the key of an algorithm is made. The clients have one of each. */
const KEYS = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  PS256: ['rsa', { modulusLength: 2048 }],
  RS256: ['rsa', { modulusLength: 2048 }],
  EdDSA: ['ed25519', {}],
};

/** The members of a JWK that nobody else may know. */
const PRIVATE = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi']);

/** The server's key set. ID tokens are signed with RS256, unless a client is registered for ES256. */
export function serverKeys() {
  return { keys: ['RS256', 'ES256'].map((algorithm) => privateJwk('server', algorithm)) };
}

/** The public key set of the clients; where a private key is missing in `folder`, it is made. */
export function clientKeys(folder) {
  mkdirSync(folder, { recursive: true });
  return { keys: Object.keys(KEYS).map((algorithm) => publicPart(clientKey(folder, algorithm))) };
}

function clientKey(folder, algorithm) {
  const file = join(folder, `client.${algorithm}.jwk.json`);
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(privateJwk('client', algorithm), null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

function privateJwk(owner, algorithm) {
  const { privateKey } = generateKeyPairSync(...KEYS[algorithm]);
  return { ...privateKey.export({ format: 'jwk' }), kid: `${owner}-${algorithm}`, alg: algorithm, use: 'sig' };
}

function publicPart(jwk) {
  return Object.fromEntries(Object.entries(jwk).filter(([member]) => !PRIVATE.has(member)));
}
