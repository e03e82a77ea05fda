import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, Faults } from '../faults.mjs';
import { Store } from '../store.mjs';

const REQUEST = 'BackchannelAuthenticationRequest';

test('without faults nothing is wrong', async () => {
  const faults = new Faults();
  const lost = await Promise.all(Array.from({ length: 20 }, () => faults.losesPing()));
  assert.ok(!lost.includes(true));
  assert.equal(faults.windowOf(5), 5);
  assert.ok(!faults.throttles);
  await faults.seesLogin('a', 'alice');
  await faults.seesLogin('b', 'bob');
  assert.equal(await faults.userOf('a', 'alice'), 'alice');
  const store = faults.store(REQUEST, new Store());
  await store.upsert('a', { grantId: 'g', params: { client_notification_token: 't' } }, 60);
  await store.consume('a');
  assert.ok((await store.find('a')).consumed > 0);
});

test('drop-every-tenth-ping loses the 10th and the 20th', async () => {
  const faults = new Faults(['drop-every-tenth-ping']);
  const lost = await Promise.all(Array.from({ length: 25 }, () => faults.losesPing()));
  assert.deepEqual(lost.flatMap((isLost, at) => (isLost ? [at + 1] : [])), [10, 20]);
});

test('swap-tokens swaps two users, never one with himself', async () => {
  const faults = new Faults(['swap-tokens']);
  const logins = [['a', 'alice'], ['b', 'alice'], ['c', 'bob'], ['d', 'carol']];
  for (const [request, user] of logins) await faults.seesLogin(request, user);
  const users = await Promise.all(logins.map(([request, user]) => faults.userOf(request, user)));
  assert.deepEqual(users, ['alice', 'bob', 'alice', 'carol']);
});

test('redeem-twice forgets redemptions, and nothing else', async () => {
  const faults = new Faults(['redeem-twice']);
  const [requests, others] = [faults.store(REQUEST, new Store()), faults.store('RefreshToken', new Store())];
  for (const store of [requests, others]) {
    await store.upsert('a', {}, 60);
    await store.consume('a');
  }
  assert.equal((await requests.find('a')).consumed, undefined);
  assert.ok((await others.find('a')).consumed > 0);
});

test('ping-before-decision hides the decision of a ping client, and of no other', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = new Faults(['ping-before-decision']).store(REQUEST, new Store());
  const pingParams = { client_notification_token: 't' };
  await store.upsert('pending', { params: pingParams }, 60);
  await store.upsert('poll', { params: {}, grantId: 'g' }, 60);
  await store.upsert('ping', { params: pingParams, grantId: 'g' }, 60);
  await store.upsert('refused', { params: pingParams, error: 'access_denied' }, 60);
  const known = async () => {
    const found = await Promise.all(['pending', 'poll', 'ping', 'refused'].map((id) => store.find(id)));
    return found.map((payload) => payload !== undefined);
  };
  assert.deepEqual(await known(), [true, true, false, false]);
  t.mock.timers.tick(500);
  assert.deepEqual(await known(), [true, true, true, true]);
});

test('throttle-conformant doubles the window', () => {
  const faults = new Faults(['throttle-conformant']);
  assert.ok(faults.throttles);
  assert.equal(faults.windowOf(5), 10);
});

test('the words of a fault are no longer than a line of the help', () => {
  for (const [name, about] of Object.entries(FAULTS)) assert.ok(about.length <= 80, name);
});
