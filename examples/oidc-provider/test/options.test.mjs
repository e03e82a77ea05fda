import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, parseOptions } from '../options.mjs';

test('what is not said is at its default', () => {
  const options = parseOptions([]);
  assert.equal(options.port, 4000);
  assert.equal(options.processes, 1);
  assert.equal(options.store, 'unbounded');
  assert.equal(options.interval, undefined);
  assert.deepEqual(options.faults, []);
});

test('flags are read', () => {
  const text = '--port 1 --store lru --interval 2 --enforce-interval --break swap-tokens --break throttle-conformant';
  const { port, store, interval, enforceInterval, faults } = parseOptions(text.split(' '));
  assert.deepEqual([port, store, interval, enforceInterval], [1, 'lru', 2, true]);
  assert.deepEqual(faults, ['swap-tokens', 'throttle-conformant']);
});

test('faults of the store are there where it is shared, too', () => {
  const { processes, store, faults } = parseOptions('--processes 2 --store shared --break redeem-twice'.split(' '));
  assert.deepEqual([processes, store, faults], [2, 'shared', ['redeem-twice']]);
});

const REFUSED = [
  ['--prot 1', /--prot/],
  ['--port x', /^--port x: expected a whole number from 1 to 65535$/],
  ['--port 65536', /--port 65536/],
  ['--interval 0', /--interval 0: expected .* 1 to 300/],
  ['--interval 1.5', /--interval 1.5/],
  ['--enforce-interval', /expected --interval/],
  ['--processes 0', /^--processes 0: expected a whole number from 1 to 64$/],
  ['--processes 65', /--processes 65/],
  ['--store disk', /^--store disk: expected unbounded, lru, shared$/],
  ['--break everything', /--break everything: expected drop-every-tenth-ping, /],
  ['--store lru --break redeem-twice', /--break redeem-twice: .* no --store lru/],
  ['--authentication-service http://198.51.100.1:1', /loopback/],
  ['--notification-endpoint 127.0.0.1:4002', /such as http:/],
  ['more', /more/],
];

for (const [line, message] of REFUSED) {
  test(`refused: ${line}`, () => {
    assert.throws(() => parseOptions(line.split(' ')), { name: 'UsageError', message });
  });
}

test('the help has lines that fit a terminal', () => {
  for (const line of HELP.split('\n')) assert.ok(line.length <= 120, line);
});
