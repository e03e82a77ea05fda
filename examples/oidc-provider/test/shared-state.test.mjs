import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calls, answerTo } from '../calls.mjs';
import { RemoteState } from '../remote-state.mjs';
import { State } from '../state.mjs';

const REQUEST = 'BackchannelAuthenticationRequest';

/** A worker process of a primary that has `state`. As between processes, nothing but copies goes to and fro. */
function workerOf(state) {
  const calls = new Calls(async (message) => {
    const answer = await answerTo(state, structuredClone(message));
    calls.receive(structuredClone(answer));
  });
  return new RemoteState(calls);
}

function twoWorkers() {
  const state = new State();
  return [workerOf(state), workerOf(state)];
}

test('what one worker has written another one finds', async () => {
  const [one, other] = twoWorkers();
  const payload = { grantId: undefined, params: { scope: 'openid' }, exp: 5 };
  await one.store(REQUEST).upsert('a', payload, 120);
  assert.deepEqual(await other.store(REQUEST).find('a'), payload);
  assert.equal(await other.store('AccessToken').find('a'), undefined);
  await other.store(REQUEST).destroy('a');
  assert.equal(await one.store(REQUEST).find('a'), undefined);
});

test('what one worker has used nobody uses again, also not at once', async () => {
  const [one, other] = twoWorkers();
  await one.store(REQUEST).upsert('a', {}, 120);
  const uses = await Promise.allSettled([one, other, one, other].map((worker) => worker.store(REQUEST).consume('a')));
  assert.deepEqual(uses.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected', 'rejected']);
  assert.deepEqual(new Set(uses.slice(1).map(({ reason }) => reason.error)), new Set(['invalid_grant']));
  assert.ok((await other.store(REQUEST).find('a')).consumed > 0);
});

test('who comes second has all revoked that the first was given, also what is still on its way', async () => {
  const [one, other] = twoWorkers();
  await one.store(REQUEST).upsert('a', { grantId: 'g' }, 120);
  await one.store(REQUEST).consume('a');
  await one.store('AccessToken').upsert('before', { grantId: 'g' }, 600);
  await one.store('AccessToken').upsert('foreign', { grantId: 'h' }, 600);
  await assert.rejects(other.store(REQUEST).consume('a'), { error: 'invalid_grant' });
  await one.store('RefreshToken').upsert('after', { grantId: 'g' }, 600);
  assert.equal(await one.store('AccessToken').find('before'), undefined);
  assert.equal(await one.store('RefreshToken').find('after'), undefined);
  assert.deepEqual(await one.store('AccessToken').find('foreign'), { grantId: 'h' });
});

test('an assertion is taken by one worker only', async () => {
  const [one, other] = twoWorkers();
  await one.store('ReplayDetection').upsert('a', { iss: 'client' }, 60);
  const again = other.store('ReplayDetection').upsert('a', { iss: 'client' }, 60);
  await assert.rejects(again, { error: 'invalid_client' });
});

test('of two decisions on one login one comes too late', async () => {
  const [one, other] = twoWorkers();
  await one.store('Login').upsert('a', { user: 'alice' }, 120);
  assert.deepEqual(await Promise.all([one.store('Login').take('a'), other.store('Login').take('a')]), [true, false]);
});

test('a client has one pace, whichever worker it polls', async () => {
  const [one, other] = twoWorkers();
  await one.paces.begin('a', 5, 120);
  assert.equal(await one.paces.isTooEarly('a', 1_000), false);
  assert.equal(await other.paces.isTooEarly('a', 5_000), true);
  assert.equal(await other.paces.isTooEarly('unknown', 5_000), false);
});

test('faults count over all workers', async () => {
  const [one, other] = twoWorkers();
  assert.deepEqual([await one.faultMemory.countPing(), await other.faultMemory.countPing()], [1, 2]);
  await one.faultMemory.pairLogin('a', 'alice');
  await other.faultMemory.pairLogin('b', 'bob');
  assert.deepEqual([await other.faultMemory.partnerOf('a'), await one.faultMemory.partnerOf('b')], ['bob', 'alice']);
});

test('a primary that does not answer is not waited for', async () => {
  const calls = new Calls(() => {}, { timeoutMs: 20 });
  await assert.rejects(calls.call('AccessToken', 'find', 'a'), { message: 'AccessToken.find: no answer within 20 ms' });
  calls.receive({ call: 1, value: 'too late' });
});

test('no more calls wait than may', async () => {
  const sent = [];
  const calls = new Calls((message) => sent.push(message), { most: 2 });
  const first = [calls.call('Grant', 'find', 'a'), calls.call('Grant', 'find', 'b')];
  await assert.rejects(calls.call('Grant', 'find', 'c'), /^Error: Grant.find: 2 calls wait/);
  calls.receive({ call: 2, value: 'of b' });
  const next = calls.call('Grant', 'find', 'd');
  calls.receive({ call: 1, value: 'of a' });
  calls.receive({ call: 3, value: 'of d' });
  assert.deepEqual(await Promise.all([...first, next]), ['of a', 'of b', 'of d']);
  assert.deepEqual(sent.map(({ args }) => args[0]), ['a', 'b', 'd']);
});

test('what goes wrong at the primary is an error here', async () => {
  const worker = workerOf({ answer: async () => { throw new Error('no room'); } });
  await assert.rejects(worker.store('Grant').find('a'), { message: 'Grant.find: no room' });
});

test('messages that are no calls have no answer', async () => {
  assert.equal(await answerTo(new State(), { issuer: 'http://127.0.0.1:1' }), undefined);
});
