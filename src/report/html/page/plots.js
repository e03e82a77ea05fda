// Draws the plots whose data stand in the page. Nothing is worked out here but where things lie on the screen.
(() => {
  'use strict';
  const { plots, stages } = JSON.parse(document.getElementById('data').textContent);
  const HEIGHT = 260;
  const HEIGHT_NARROW = 210;
  const NARROW = 520;
  const together = uPlot.sync('time');
  const drawn = new Map();

  const isOverTime = (plot) => ['time', 'stacked', 'time_log', 'heat'].includes(plot.kind);
  const isLog = (plot) => ['time_log', 'percentiles', 'heat'].includes(plot.kind) || sizes.isLog(plot);

  const colours = () => {
    const style = getComputedStyle(document.body);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };

  const sizeOf = (place) => {
    const width = Math.max(200, Math.floor(place.clientWidth));
    return { width, height: width < NARROW ? HEIGHT_NARROW : HEIGHT };
  };

  // The names of points: the time that they stand for, or their percentile.
  const pointName = (plot) => (u, value, series, at) => {
    if (at === null || at === undefined) return '';
    if (sizes.is(plot)) return sizes.pointName(plot, at);
    if (plot.kind === 'shares') return units.of('time', plot.x[at]);
    if (!isOverTime(plot)) return `p ${units.percentile(plot.x[at])}`;
    return `${units.seconds(plot.from[at])} to ${units.seconds(plot.to[at])}`;
  };

  // Stages: those that are not measured are shaded, each has its name at its beginning.
  const shadeStages = (colour) => (u) => {
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    for (const stage of stages.filter((stage) => !stage.measured)) {
      const from = u.valToPos(stage.from, 'x', true);
      u.ctx.fillStyle = colour('shade');
      u.ctx.fillRect(from, top, u.valToPos(stage.to, 'x', true) - from, height);
    }
    u.ctx.restore();
  };

  const nameStages = (colour) => (u) => {
    const { left, top, width, height } = u.bbox;
    const scale = devicePixelRatio;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, 0, width, top + height);
    u.ctx.clip();
    u.ctx.font = `${11 * scale}px system-ui, sans-serif`;
    u.ctx.textBaseline = 'bottom';
    u.ctx.textAlign = 'left';
    let free = left;
    for (const stage of stages) {
      const from = u.valToPos(stage.from, 'x', true);
      const room = u.valToPos(stage.to, 'x', true) - from;
      if (from < left - 1 || from > left + width) continue;
      u.ctx.fillStyle = colour('line-strong');
      u.ctx.fillRect(from, top, scale, height);
      if (from < free || u.ctx.measureText(stage.name).width + 4 * scale > Math.max(room, 24 * scale)) continue;
      u.ctx.fillStyle = colour('quiet');
      u.ctx.fillText(stage.name, from + 2 * scale, top - 2 * scale);
      free = from + u.ctx.measureText(stage.name).width + 8 * scale;
    }
    u.ctx.restore();
  };

  // One on top of the other, of those that are shown.
  const stacked = (plot, shown) => {
    const sums = plot.x.map(() => 0);
    return plot.series.map((series, at) => series.values.map((value, point) => {
      if (shown[at]) sums[point] += value ?? 0;
      return sums[point];
    }));
  };

  const axis = (colour, more) => ({
    stroke: colour('quiet'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1, size: 4 },
    gap: 4,
    ...more,
  });

  const named = (write) => (u, splits) => splits.map((v) => (v === null ? null : write(v)));

  // The places of a logarithmic axis: 1, 2, .. 9 of each decade that it reaches into.
  const logSplits = (u, number, min, max) => {
    const places = [];
    for (let decade = Math.floor(Math.log10(min) + 1e-9); decade <= Math.ceil(Math.log10(max)); decade += 1) {
      for (let digit = 1; digit < 10; digit += 1) {
        const place = Number(`${digit}e${decade}`);
        if (place >= min * (1 - 1e-9) && place <= max * (1 + 1e-9)) places.push(place);
      }
    }
    return places;
  };

  // Those that are named: the decades, and more where there are few of them.
  const decades = (u, splits, number) => {
    const wide = splits.length > 19;
    const digits = !wide && number === 1 ? [1, 2, 5] : [1];
    const digit = (x) => Math.round(x / 10 ** Math.floor(Math.log10(x) + 1e-9));
    return splits.map((x) => (digits.includes(digit(x)) ? x : null));
  };

  const axes = (plot, colour) => {
    const x = sizes.is(plot) ? sizes.axis(plot) : isOverTime(plot)
      ? { values: (u, splits) => splits.map((s) => `${Number(s.toFixed(3))} s`), space: 60, size: 28 }
      : { splits: logSplits, filter: decades, values: named(plot.kind === 'shares' ? (us) => units.of('time', us) : units.percentile), size: 28 };
    const y = { values: named((v) => units.of(plot.unit, v)), size: 62 };
    if (isLog(plot)) Object.assign(y, { splits: logSplits, filter: decades });
    return [axis(colour, x), axis(colour, y)];
  };

  const scales = (plot) => {
    const last = plot.x.length - 1;
    const reach = sizes.is(plot) ? sizes.reach(plot) : isOverTime(plot) ? [plot.from[0], plot.to[last]]
      : [plot.x[0], Math.max(plot.x[last], plot.x[0] * 2, plot.kind === 'shares' ? 0 : 10)];
    const x = { time: false, distr: isOverTime(plot) || sizes.is(plot) ? 1 : 3, range: (u, min, max) => (min === null || min === max || whole(u, min, max) ? reach : [min, max]) };
    if (plot.kind === 'heat') {
      const { bounds } = plot.cells;
      return { x, y: { distr: 3, range: () => [bounds[0], bounds[bounds.length - 1]] } };
    }
    if (isLog(plot)) return { x, y: { distr: 3 } };
    if (plot.kind === 'shares') return { x, y: { range: () => [0, 1] } };
    if (plot.kind === 'shift') {
      // What is the same lies in the picture, too.
      return { x, y: { range: (u, min, max) => [Math.min(min ?? 1, 0.95) * 0.99, Math.max(max ?? 1, 1.05) * 1.01] } };
    }
    return { x, y: { range: (u, min, max) => [0, max > 0 ? max * 1.06 : 1] } };
  };

  // Whether all points are to be seen: then the axis reaches from the first one's begin to the last one's end.
  const whole = (u, min, max) => {
    const [x] = u.data;
    return min === x[0] && max === x[x.length - 1];
  };

  // How the looks differ from a line with points where there is room for them.
  const look = (plot, series, colour, stroke) => {
    const points = (fill) => ({ paths: () => null, points: { show: true, size: 9, width: 2, stroke, fill } });
    const nothing = { paths: () => null, points: { show: false } };
    return {
      dashed: { dash: [7, 5] },
      dotted: { dash: [2, 3] },
      told: { stroke: undefined, width: 0, ...nothing },
      mark: points(stroke),
      ring: points(colour('surface')),
      stepped: { dash: [7, 5], paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } },
      bar: nothing,
      interval: nothing,
      line: plot.kind === 'law' ? { points: { show: false } } : {},
    }[series.look];
  };

  const lines = (plot, colour) => plot.series.map((series) => {
    const stroke = colour(`series-${series.colour}`);
    return {
      label: series.name,
      stroke,
      fill: plot.kind === 'stacked' ? `${stroke}99` : undefined,
      width: 1.75,
      points: { size: 4 },
      ...look(plot, series, colour, stroke),
      // A stacked value is a sum; what is told is the series' own.
      value: (u, value, number, at) => (at === null || at === undefined ? '' : units.of(series.unit, series.values[at])),
    };
  });

  // Bands of a stacked plot are drawn from the top down, so that each covers what lies below it.
  const bands = (plot, colour) => {
    if (plot.kind === 'stacked') return plot.series.slice(1).map((series, at) => ({ series: [at + 2, at + 1] }));
    if (plot.kind !== 'shift') return [];
    const lines = plot.series.map((series, at) => at).filter((at) => at % 3 === 0);
    return lines.map((at) => ({ series: [at + 3, at + 2], fill: `${colour(`series-${plot.series[at].colour}`)}2e` }));
  };

  const told = (plot) => plot.series.map((series) => (series.look === 'told'
    ? series.values.map(() => null) : series.values));

  const restack = (plot) => (u, number, changed) => {
    if (changed.show === undefined) return;
    const shown = u.series.slice(1).map((series) => series.show);
    u.setData([plot.x, ...stacked(plot, shown)], false);
    u.redraw();
  };

  const draw = (plot) => {
    const place = document.querySelector(`[data-plot="${plot.id}"] .canvas`);
    drawn.get(plot.id)?.destroy();
    const colour = colours();
    const hooks = { drawClear: [], draw: [], setSeries: [], setCursor: [] };
    if (isOverTime(plot)) {
      hooks.drawClear.push(shadeStages(colour));
      hooks.draw.push(nameStages(colour));
    }
    if (['sizes', 'named'].includes(plot.kind)) hooks.draw.push(sizes.bars(plot, colour));
    if (plot.beyond !== undefined) hooks.drawClear.push(sizes.beyond(plot, colour));
    let data = [plot.x, ...told(plot)];
    let series = lines(plot, colour);
    if (plot.kind === 'stacked') {
      data = [plot.x, ...stacked(plot, plot.series.map(() => true))];
      hooks.setSeries.push(restack(plot));
    }
    if (plot.kind === 'heat') {
      const cells = heat.index(plot);
      const output = reader(place);
      hooks.drawClear.push(heat.draw(plot, cells, colour('heat')));
      hooks.setCursor.push((u) => {
        output.textContent = u.cursor.left >= 0
          ? heat.read(plot, cells, u.cursor.idx, u.posToVal(u.cursor.top, 'y')) : '';
      });
      data = [plot.x, plot.x.map(() => plot.cells.bounds[0])];
      series = [{ show: true, paths: () => null, points: { show: false } }];
    }
    const options = {
      ...sizeOf(place),
      padding: [isOverTime(plot) ? 16 : 8, 22, 0, 0],
      series: [{ label: plot.axis ?? { percentiles: 'percentile', shift: 'percentile', shares: 'no longer than' }[plot.kind] ?? 'time', value: pointName(plot) }, ...series],
      bands: bands(plot, colour),
      axes: axes(plot, colour),
      scales: scales(plot),
      legend: { show: plot.kind !== 'heat' },
      cursor: {
        y: plot.kind === 'heat',
        drag: { x: true, y: false, dist: 8 },
        points: { size: 7, show: plot.kind !== 'heat' },
        sync: isOverTime(plot) ? { key: together.key, scales: ['x', null] } : undefined,
      },
      hooks,
    };
    drawn.set(plot.id, new uPlot(options, data, place));
    focusable(place);
  };

  const reader = (place) => {
    const found = place.parentElement.querySelector('output');
    if (found) return found;
    return place.parentElement.appendChild(document.createElement('output'));
  };

  // Series can be switched by the keyboard, too.
  const focusable = (place) => {
    for (const label of place.querySelectorAll('.u-legend .u-series:not(:first-child) th')) {
      label.tabIndex = 0;
      label.setAttribute('role', 'button');
      label.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        label.click();
      });
    }
  };

  const drawAll = () => plots.forEach(draw);
  drawAll();

  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = drawn.get(target.parentElement.dataset.plot);
      const size = sizeOf(target);
      if (plot && plot.width !== size.width) plot.setSize(size);
    }
  });
  document.querySelectorAll('.plot .canvas').forEach((place) => watch.observe(place));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  // On paper everything is open, and light.
  addEventListener('beforeprint', () => {
    document.body.classList.add('paper');
    document.querySelectorAll('details').forEach((details) => { details.open = true; });
    drawAll();
  });
  addEventListener('afterprint', () => {
    document.body.classList.remove('paper');
    drawAll();
  });
})();
