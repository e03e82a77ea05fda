import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../options.mjs';
import { targetFile } from '../target.mjs';

test('at the default addresses it is the committed file', () => {
  const text = targetFile({ issuer: 'http://127.0.0.1:4000', options: parseOptions([]) });
  assert.match(text, /^issuer = "http:\/\/127.0.0.1:4000"$/m);
  assert.match(text, /^listen = "127.0.0.1:4001"$/m);
  assert.match(text, /^listen = "127.0.0.1:4002"$/m);
  assert.match(text, /^enforcement = "allowed"$/m);
});

test('elsewhere nothing of the default addresses is left', () => {
  const options = parseOptions([
    '--authentication-service', 'http://127.0.0.1:5001',
    '--notification-endpoint', 'http://127.0.0.1:5002/notified',
    '--interval', '2', '--enforce-interval',
  ]);
  const text = targetFile({ issuer: 'http://127.0.0.1:5000', options });
  assert.doesNotMatch(text, /:400\d/);
  assert.match(text, /^token_endpoint = "http:\/\/127.0.0.1:5000\/token"$/m);
  assert.match(text, /^path = "\/notified"$/m);
  assert.match(text, /^enforcement = "required"$/m);
});

test('a file that does not fit is named', () => {
  const at = { issuer: 'http://127.0.0.1:4000', options: parseOptions([]) };
  assert.throws(() => targetFile(at, 'issuer = "else"'), /oidc-provider.toml/);
});
