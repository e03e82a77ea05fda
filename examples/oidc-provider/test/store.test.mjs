import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../store.mjs';

function storeAt(start) {
  const clock = { now: start };
  return { clock, store: new Store(() => clock.now) };
}

test('a record is found until a minute after it has expired', async () => {
  const { clock, store } = storeAt(0);
  await store.upsert('a', { user: 'u' }, 120);
  for (const [now, found] of [[0, true], [120_000, true], [179_999, true], [180_000, false]]) {
    clock.now = now;
    assert.equal((await store.find('a')) !== undefined, found, `at ${now} ms`);
  }
  assert.equal(await store.find('b'), undefined);
});

test('what has been used is marked with the second', async () => {
  const { clock, store } = storeAt(0);
  await store.upsert('a', {}, 120);
  clock.now = 2_500;
  await store.consume('a');
  await store.consume('unknown');
  assert.deepEqual(await store.find('a'), { consumed: 2 });
});

test('a grant is revoked with all that came from it, and nothing else', async () => {
  const { store } = storeAt(0);
  await store.upsert('a', { grantId: 'g' }, 60);
  await store.upsert('b', { grantId: 'g' }, 60);
  await store.upsert('c', { grantId: 'h' }, 60);
  await store.upsert('b', { grantId: 'h' }, 60);
  await store.revokeByGrantId('g');
  const found = await Promise.all(['a', 'b', 'c'].map((id) => store.find(id)));
  assert.deepEqual(found.map((payload) => payload?.grantId), [undefined, 'h', 'h']);
});

test('expired records make room as others are written', async () => {
  const { clock, store } = storeAt(0);
  for (let id = 0; id < 1_000; id += 1) await store.upsert(`old-${id}`, {}, 10);
  await store.upsert('kept', {});
  clock.now = 70_000;
  for (let id = 0; id < 1_000; id += 1) await store.upsert(`new-${id}`, {}, 10);
  assert.equal(store.size, 1_001);
  assert.deepEqual(await store.find('kept'), {});
});

test('what is used is used by one, and what comes only once comes once', async () => {
  const { clock, store } = storeAt(0);
  await store.upsert('a', {}, 10);
  assert.deepEqual(await Promise.all([store.consume('a'), store.consume('a')]), [true, false]);
  assert.deepEqual(await Promise.all([store.insert('b', {}, 10), store.insert('b', {}, 10)]), [true, false]);
  assert.deepEqual(await Promise.all([store.take('b'), store.take('b')]), [true, false]);
  assert.equal(await store.insert('b', {}, 10), true);
  clock.now = 70_000;
  assert.equal(await store.insert('b', {}, 10), true, 'one that has expired is out of the way');
  assert.equal(await store.take('a'), false);
});

test('of a revoked grant nothing more is kept, for a minute', async () => {
  const { clock, store } = storeAt(0);
  await store.revokeByGrantId('g');
  for (const [now, kept] of [[0, false], [59_999, false], [60_000, true]]) {
    clock.now = now;
    await store.upsert('a', { grantId: 'g' }, 60);
    assert.equal((await store.find('a')) !== undefined, kept, `at ${now} ms`);
  }
});
