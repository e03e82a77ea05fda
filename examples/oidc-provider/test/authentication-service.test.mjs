import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { listening, urlOf } from '../addresses.mjs';
import { AuthenticationService } from '../authentication-service.mjs';

/** What the service answers to each user. */
const ANSWERS = {
  known: (res) => res.end('{"valid":true}'),
  unknown: (res) => res.end('{"valid":false}'),
  'a text': (res) => res.end('{"valid":"true"}'),
  broken: (res) => res.writeHead(500).end(),
  'no JSON': (res) => res.end('<html>'),
  reset: (res) => res.destroy(),
  'half an answer': (res) => {
    res.writeHead(200, { 'content-length': 100 });
    res.write('{', () => res.destroy());
  },
  silence: () => {},
  'silence after half an answer': (res) => res.writeHead(200, { 'content-length': 100 }).write('{'),
};

const seen = [];
const server = await listening(createServer(async (req, res) => {
  const body = JSON.parse(Buffer.concat(await req.toArray()));
  seen.push([req.url, req.headers.authorization, body]);
  ANSWERS[body.user_identifier](res);
}), 0);
after(() => server.close() && server.closeAllConnections());
const credentials = { url: `${urlOf(server)}/`, username: 'op', password: 'pa:ss' };
const service = new AuthenticationService(credentials);

test('users are verified with the name and the password of this server', async () => {
  assert.equal(await service.verify('known'), true);
  assert.deepEqual(seen.at(-1), ['/user/verify', 'Basic b3A6cGE6c3M=', { user_identifier: 'known' }]);
  assert.equal(await service.verify('unknown'), false);
  assert.equal(await service.verify('a text'), false);
});

for (const user of ['broken', 'no JSON', 'reset', 'half an answer']) {
  test(`an error, and no answer about the user: ${user}`, () => assert.rejects(service.verify(user)));
}

for (const user of ['silence', 'silence after half an answer']) {
  test(`not waited for: ${user}`, () => {
    const impatient = new AuthenticationService({ ...credentials, timeoutMs: 20 });
    return assert.rejects(impatient.verify(user));
  });
}
