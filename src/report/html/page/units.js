// Figures with their units, as the other reports write them (src/analysis/unit.rs).
const units = (() => {
  'use strict';
  const NONE = '-';

  // Rounds a tie to the even digit. A number in binary lies exactly between two of so many digits where it is an odd number of the
  // power of two that is one place finer; 5.475 is none, but a little less than it looks.
  const fixed = (x, digits) => {
    if ((Math.abs(x) * 2 ** (digits + 1)) % 2 !== 1) return x.toFixed(digits);
    const scale = 10 ** digits;
    const below = Math.floor(Math.abs(x) * scale);
    return (Math.sign(x) * (below % 2 === 0 ? below : below + 1) / scale).toFixed(digits);
  };

  const count = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');

  const figure = (x) => {
    const size = Math.abs(x);
    if (!Number.isFinite(x)) return NONE;
    if (size === 0) return '0';
    if (size < 9.995) return fixed(x, 2);
    if (size < 99.95) return fixed(x, 1);
    return (x < 0 ? '-' : '') + count(size);
  };

  const time = (us) => {
    const size = Math.abs(us);
    if (size < 999.5) return `${fixed(us, 0)} µs`;
    if (size < 999500) return `${figure(us / 1e3)} ms`;
    return `${figure(us / 1e6)} s`;
  };

  const seconds = (s) => `${figure(s)} s`;

  // The percentile at 1 / (1 - p): 99 % at 100.
  const percentile = (x) => {
    const digits = x < 99.5 ? 1 : Math.ceil(Math.log10(x) - 1e-9);
    return `${Number((100 - 100 / x).toFixed(digits))} %`;
  };

  const factor = (x) => (Math.abs(x) < 9.9995 ? x.toFixed(3) : figure(x));

  const share = (x) => `${Number((x * 100).toFixed(x > 0.99 ? 3 : 1))} %`;

  const memory = (bytes) => `${figure(bytes / 1e6)} MB`;

  const write = { time, rate: figure, count, ratio: figure, factor, share, memory };
  return {
    NONE, seconds, percentile,
    of: (unit, x) => (x === null || x === undefined ? NONE : write[unit](x)),
  };
})();
