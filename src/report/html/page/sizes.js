// Plots over trials, sizes of a deployment and steps between them: their axes, their bars, and what lies beyond what was measured.
const sizes = (() => {
  'use strict';
  const KINDS = ['trials', 'sizes', 'named', 'law'];
  const BAR_MAX = 44;
  const BAR_SHARE = 0.6;
  const LETTER = 6.5;
  // From so many times the lowest rate on, an axis from nothing would crowd most points at its foot.
  const LOG_FROM = 10;

  const is = (plot) => KINDS.includes(plot.kind);

  const values = (plot) => plot.series.flatMap((series) => series.values).filter((value) => value !== null);

  const isLog = (plot) => plot.kind === 'trials' && Math.max(...values(plot)) > LOG_FROM * Math.min(...values(plot));

  const pointName = (plot, at) => {
    if (plot.names) return plot.names[at];
    return units.of('ratio', plot.x[at]);
  };

  const reach = (plot) => {
    const last = plot.x[plot.x.length - 1];
    if (plot.kind === 'law') return [0, last];
    if (plot.kind === 'sizes') return [0, last * 1.08];
    return [0.5, last + 0.5];
  };

  // As many letters of a name as there is room for under its point; where there is hardly any, the points are counted.
  const named = (plot) => (u, splits) => {
    const room = Math.floor(u.bbox.width / devicePixelRatio / plot.x.length / LETTER);
    return splits.map((x) => {
      const name = plot.names[x - 1] ?? '';
      if (name.length <= room) return name;
      return room > 5 ? `${name.slice(0, room - 1)}\u2026` : String(x);
    });
  };

  const axis = (plot) => {
    if (plot.kind === 'named') return { splits: () => plot.x, values: named(plot), size: 28 };
    if (plot.kind === 'trials') return { incrs: [1, 2, 5, 10, 20, 50, 100], space: 30, size: 28 };
    return { values: (u, splits) => splits.map((x) => Number(x.toFixed(3))), space: 40, size: 28 };
  };

  const clipped = (u, paint) => {
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    paint(left, top, width, height);
    u.ctx.restore();
  };

  // A bar for the first series, and a line with ends from the least to the greatest value of a point. A bar without such a line is
  // lighter: it is so much at least.
  const bars = (plot, colour) => (u) => clipped(u, (left, top, width) => {
    const scale = devicePixelRatio;
    const places = plot.x.map((x) => u.valToPos(x, 'x', true));
    const gaps = places.slice(1).map((place, at) => place - places[at]);
    const wide = Math.min(BAR_MAX * scale, BAR_SHARE * Math.min(...gaps, width / plot.x.length));
    const shown = plot.series.filter((series, at) => u.series[at + 1].show);
    const foot = u.valToPos(0, 'y', true);
    const height = (value) => u.valToPos(value, 'y', true);
    for (const [at, place] of places.entries()) {
      const bar = shown.find((series) => series.look === 'bar')?.values[at];
      const isOpen = plot.series.filter((series) => series.values[at] !== null).length < 2;
      if (bar !== undefined && bar !== null) {
        u.ctx.fillStyle = colour(`series-${plot.series[0].colour}`);
        u.ctx.globalAlpha = isOpen ? 0.2 : 0.55;
        u.ctx.fillRect(place - wide / 2, height(bar), wide, foot - height(bar));
        u.ctx.globalAlpha = 1;
        u.ctx.fillRect(place - wide / 2, height(bar) - scale, wide, 2 * scale);
      }
      const ends = shown.map((series) => series.values[at]).filter((value) => value !== null);
      if (ends.length < 2) continue;
      const [low, high] = [height(Math.min(...ends)), height(Math.max(...ends))];
      u.ctx.fillStyle = colour('text');
      u.ctx.fillRect(place - scale, high, 2 * scale, Math.max(low - high, scale));
      for (const end of [low, high]) u.ctx.fillRect(place - wide / 4, end - scale, wide / 2, 2 * scale);
    }
  });

  // What lies beyond the largest size that was measured.
  const beyond = (plot, colour) => (u) => clipped(u, (left, top, width, height) => {
    const from = u.valToPos(plot.beyond, 'x', true);
    u.ctx.fillStyle = colour('shade');
    u.ctx.fillRect(from, top, left + width - from, height);
    u.ctx.fillStyle = colour('line-strong');
    u.ctx.fillRect(from, top, devicePixelRatio, height);
  });

  return { is, isLog, pointName, reach, axis, bars, beyond };
})();
