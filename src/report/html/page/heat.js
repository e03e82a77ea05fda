// A heat map on uPlot's axes: its cells, and what lies under the pointer.
const heat = (() => {
  'use strict';

  // Cells by column; `most` is the largest count.
  const index = (plot) => {
    const columns = plot.x.map(() => new Map());
    let most = 1;
    for (const [column, row, count] of plot.cells.counts) {
      columns[column].set(row, count);
      most = Math.max(most, count);
    }
    return { columns, most };
  };

  // The rarest cell can still be seen; twice as many samples are one step darker, wherever.
  const opacity = (count, most) => 0.16 + 0.84 * (Math.log1p(count) / Math.log1p(most));

  const draw = (plot, cells, colour) => (u) => {
    const { bounds, counts } = plot.cells;
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    u.ctx.fillStyle = colour;
    for (const [column, row, count] of counts) {
      const x0 = u.valToPos(plot.from[column], 'x', true);
      const x1 = u.valToPos(plot.to[column], 'x', true);
      const y0 = u.valToPos(bounds[row + 1], 'y', true);
      const y1 = u.valToPos(bounds[row], 'y', true);
      u.ctx.globalAlpha = opacity(count, cells.most);
      u.ctx.fillRect(x0, y0, Math.max(1, x1 - x0), Math.max(1, y1 - y0));
    }
    u.ctx.restore();
  };

  const read = (plot, cells, column, latency) => {
    if (column === null || column === undefined) return '';
    const total = [...cells.columns[column].values()].reduce((sum, n) => sum + n, 0);
    const when = `${units.seconds(plot.from[column])} to ${units.seconds(plot.to[column])}`;
    const { bounds } = plot.cells;
    const row = bounds.findIndex((bound, at) => bound <= latency && latency < bounds[at + 1]);
    if (row < 0) return `${when}: ${units.of('count', total)} samples`;
    const range = `${units.of('time', bounds[row])} to ${units.of('time', bounds[row + 1])}`;
    const here = units.of('count', cells.columns[column].get(row) ?? 0);
    return `${when}, ${range}: ${here} of ${units.of('count', total)} samples`;
  };

  return { index, draw, read };
})();
