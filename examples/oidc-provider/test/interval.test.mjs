import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../pace.mjs';

// Moments of polls in s, and which of them come too early, for an interval of 5 s.
const TABLE = [
  ['at the interval', [5, 10, 15], []],
  ['the first one at once', [0, 5], []],
  ['one early poll makes the interval 10 s, counted from that poll', [0, 4, 13], [4, 13]],
  ['and who then keeps to it is well again', [0, 4, 14, 24], [4]],
  ['each early poll adds 5 s', [0, 1, 2, 22], [1, 2]],
];

for (const [name, polls, early] of TABLE) {
  test(name, () => {
    const pace = new Pace(5);
    assert.deepEqual(polls.filter((seconds) => pace.isTooEarly(seconds * 1_000)), early);
  });
}
