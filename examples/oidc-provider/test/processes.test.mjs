import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLIENT_SECRET, DECISION_SCOPE } from '../clients.mjs';

const SERVER = fileURLToPath(new URL('../server.mjs', import.meta.url));

const CIBA = 'urn:openid:params:grant-type:ciba';

const keys = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(keys, { recursive: true }));

/** The server with `args`, once it is ready, and an authentication service that lets every user be asked. */
async function started(t, ...args) {
  const child = spawn(process.execPath, [SERVER, '--free-ports', '--keys', keys, ...args]);
  const exit = once(child, 'exit');
  t.after(() => child.kill('SIGKILL') && exit);
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  const lines = createInterface({ input: child.stdout });
  const ready = await Promise.race([once(lines, 'line'), exit.then(() => assert.fail(errors))]);
  const server = { child, exit, errors: () => errors, ...JSON.parse(ready[0]) };

  const logins = [];
  const service = createServer(async (req, res) => {
    const body = JSON.parse(Buffer.concat(await req.toArray()));
    if (body.login_id !== undefined) logins.push(body);
    res.end('{"valid":true}');
  });
  await new Promise((resolve) => service.listen(new URL(server.authenticationService).port, '127.0.0.1', resolve));
  t.after(() => service.close() && service.closeAllConnections());
  return { ...server, logins };
}

/** A request on a connection of its own: the next worker has its turn. */
async function post({ issuer }, path, client, form, type = 'application/x-www-form-urlencoded') {
  const authorization = client.startsWith('Bearer ')
    ? client
    : `Basic ${Buffer.from(`${client}:${CLIENT_SECRET}`).toString('base64')}`;
  const response = await fetch(issuer + path, {
    method: 'POST',
    headers: { authorization, 'content-type': type, connection: 'close' },
    body: type.endsWith('json') ? JSON.stringify(form) : new URLSearchParams(form),
  });
  return { status: response.status, ...(await response.json()) };
}

async function approved(server, user) {
  const { auth_req_id: id } = await post(server, '/backchannel', 'poll-basic', { scope: 'openid', login_hint: user });
  const { access_token: token } = await post(server, '/token', 'ciba-as', {
    grant_type: 'client_credentials', scope: DECISION_SCOPE,
  });
  const login = server.logins.find(({ user_identifier: asked }) => asked === user);
  const decision = { login_state: login.login_state, granted_scopes: ['openid'] };
  const path = `/api/system/default/scope-grants/${login.login_id}/accept`;
  const answer = await post(server, path, `Bearer ${token}`, decision, 'application/json');
  assert.equal(answer.status, 200, JSON.stringify(answer));
  return id;
}

const redeem = (server, id) => post(server, '/token', 'poll-basic', { grant_type: CIBA, auth_req_id: id });

test('a shared store: every worker knows every request, and one of many redemptions gets tokens', async (t) => {
  const server = await started(t, '--processes', '2', '--store', 'shared');
  assert.equal(server.pids.length, 3);
  assert.equal(server.warning, undefined);
  for (let round = 0; round < 5; round += 1) {
    const id = await approved(server, `user-${round}`);
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(server, id)));
    const outcomes = answers.map(({ status, error }) => error ?? status).sort();
    assert.deepEqual(outcomes, [200, ...Array(7).fill('invalid_grant')]);

    // As in one process, who came second had the tokens of the first revoked.
    const { access_token: token } = answers.find(({ status }) => status === 200);
    assert.equal((await post(server, '/token/introspection', 'poll-basic', { token })).active, false);
  }
  const id = await approved(server, 'alone');
  const { access_token: token } = await redeem(server, id);
  assert.equal((await post(server, '/token/introspection', 'poll-basic', { token })).active, true);
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exit, [0, null]);
  for (const pid of server.pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('a store for each of two processes: one of them does not know the request, and says so', async (t) => {
  const server = await started(t, '--processes', '2');
  assert.match(server.warning, /a store each/);
  const { auth_req_id: id } = await post(server, '/backchannel', 'poll-basic', { scope: 'openid', login_hint: 'user' });
  const answers = [await redeem(server, id), await redeem(server, id)];
  assert.deepEqual(answers.map(({ error }) => error).sort(), ['authorization_pending', 'invalid_grant']);
});

test('one process is one process', async (t) => {
  const server = await started(t);
  assert.deepEqual(server.pids, [server.pid]);
  assert.equal(server.warning, undefined);
});

test('a worker that dies ends the server, which says so', async (t) => {
  const server = await started(t, '--processes', '2', '--store', 'shared');
  process.kill(server.pids[2], 'SIGKILL');
  assert.deepEqual(await server.exit, [1, null]);
  assert.match(server.errors(), new RegExp(`worker process ${server.pids[2]} ended with SIGKILL, and the server ends`));
  for (const pid of server.pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('workers end with their primary, however it ends', { timeout: 60_000 }, async (t) => {
  const server = await started(t, '--processes', '1', '--store', 'shared');
  assert.equal(server.pids.length, 2);
  server.child.kill('SIGKILL');
  await server.exit;
  await assert.rejects(async () => {
    for (;;) await fetch(`${server.issuer}/alive`, { headers: { connection: 'close' } });
  });
});

test('a port that is taken ends the server', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address();
  const child = spawn(process.execPath, [SERVER, '--port', port, '--keys', keys, '--processes', '2']);
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(errors, /EADDRINUSE/);
});
