/* SPDX-License-Identifier: Apache-2.0 */
/* Charts over time: uPlot draws; legend, keys, zoom and words are here. All charts
 * share one cursor and one span of time. */

const CHART_HEIGHT = 190;
/* Seconds between two marks of an axis. */
const TIME_STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
    1800, 3600, 7200, 14400, 43200, 86400];
const CHART_PAPER_WIDTH = 318; /* two beside each other */

class TimeCharts {
    constructor(times, span, clockOf) {
        this.times = times;
        this.span = span;
        this.clockOf = clockOf; /* what the cursor says of a time */
        this.charts = [];
        this.spoken = make('p.sr-only', { role: 'status' });
        this.reset = make('button.quiet', { type: 'button', hidden: true, onclick: () => this.zoom(0, this.span) },
            'Show the whole run');
    }

    add(chart) {
        this.charts.push(chart);
        return chart.element;
    }

    /* uPlot makes up a span where there is one time alone. */
    spanOf(from, to) {
        if (from === null || this.times.length === 1)
            return [0, this.span];
        return [Math.max(0, from), Math.min(to, this.span)];
    }

    /* One chart was zoomed: so are all. */
    zoom(from, to) {
        if (this.isZooming || !(to > from))
            return;
        this.isZooming = true;
        for (const chart of this.charts)
            chart.plot?.setScale('x', { min: from, max: to });
        this.isZooming = false;
        this.reset.hidden = from <= 0 && to >= this.span;
    }

    /* The cursor stands at this item, or nowhere (null). */
    point(index) {
        for (const chart of this.charts)
            chart.read(index);
    }
}

function powersOfTen({ min, max }) {
    const powers = [];
    for (let power = min; power <= max * 1.01; power *= 10)
        powers.push(power);
    return powers;
}

/* Values between two that are not there: one alone is no line, and needs a dot. */
function alone(values) {
    const isThere = (i) => values[i] !== null && values[i] !== undefined;
    return [...values.keys()].filter((i) => isThere(i) && !isThere(i - 1) && !isThere(i + 1));
}

/* Series are { label, values, colour, format, isFilled, isDashed, isHidden }. */
class TimeChart {
    constructor(group, { title, series, format, formatAxis, isStepped, hasLogarithm }) {
        Object.assign(this, { group, title, series, format, isStepped });
        this.formatAxis = formatAxis ?? format;
        this.isLogarithmic = false;
        this.host = make('div.chart', { tabindex: '0', role: 'img', 'aria-label': this.words(),
            onkeydown: (event) => this.key(event) });
        this.at = make('span.chart-at');
        this.items = series.map((item, i) => this.makeItem(item, i));
        this.element = make('figure.chart-box', {},
            make('figcaption', {}, make('h3', {}, title), hasLogarithm ? this.makeSwitch() : null, this.at),
            make(series.length > 1 ? 'ul.legend' : 'ul.legend.of-one', {},
                ...this.items.map(({ element }) => element)),
            this.host);
        new ResizeObserver(() => this.resize()).observe(this.host);
        onTheme(() => this.resize());
    }

    /* The chart in words, for those who do not see it. */
    words() {
        const told = this.series.map(({ label, values, format = this.format }) => {
            const known = values.filter((value) => value !== null);
            const most = largest(known);
            if (known.length === 0)
                return `${label}: nothing`;
            const at = formatClock(this.group.times[values.indexOf(most)]);
            return `${label}: mean ${format(sum(known) / known.length)}, highest ${format(most)} at ${at}`;
        });
        return `Chart: ${this.title}. ${told.join('; ')}. Arrow keys read values, plus and minus zoom.`;
    }

    makeItem(item, i) {
        const value = make('span.legend-value');
        const line = setStyle(make('span.swatch'), { '--swatch': `var(--${item.colour})` });
        line.classList.toggle('is-dashed', item.isDashed === true);
        const button = make('button', { type: 'button', 'aria-pressed': String(!item.isHidden), title: 'Show or hide',
            onclick: () => {
                item.isHidden = !item.isHidden;
                button.setAttribute('aria-pressed', String(!item.isHidden));
                this.read(this.plot?.cursor.idx ?? null);
                this.plot?.setSeries(i + 1, { show: !item.isHidden });
            } }, line, item.label);
        const label = this.series.length > 1 ? button : make('span', {}, line, item.label);
        return { element: make('li', {}, label, value), value };
    }

    makeSwitch() {
        const button = make('button.quiet', { type: 'button', 'aria-pressed': 'false', onclick: () => {
            this.isLogarithmic = !this.isLogarithmic;
            button.setAttribute('aria-pressed', String(this.isLogarithmic));
            const { min, max } = this.plot.scales.x;
            this.plot.destroy();
            this.plot = undefined;
            this.resize();
            this.plot.setScale('x', { min, max });
        } }, 'Logarithmic');
        return button;
    }

    columns() {
        return [this.group.times, ...this.series.map(({ values }) => values)];
    }

    /* Draws for the room there is, or for paper. */
    resize() {
        const width = isPaper() ? CHART_PAPER_WIDTH : Math.floor(this.host.clientWidth);
        if (width === 0)
            return;
        if (this.plot === undefined)
            this.plot = new uPlot(this.options(width), this.columns(), this.host);
        else if (this.plot.width !== width)
            this.plot.setSize({ width, height: CHART_HEIGHT });
        else
            this.plot.redraw();
    }

    /* From 0, or from the power of ten below the least. */
    range(min, max) {
        if (!this.isLogarithmic || !(min > 0))
            return [0, max > 0 ? max * 1.08 : 1];
        return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.01))];
    }

    options(width) {
        const axis = { stroke: () => colour('muted'), font: '12px system-ui, sans-serif',
            grid: { stroke: () => colour('grid'), width: 1 }, ticks: { show: false } };
        return {
            width,
            height: CHART_HEIGHT,
            padding: [10, 14, 0, 0],
            legend: { show: false },
            cursor: {
                sync: { key: 'time' },
                drag: { x: true, y: false },
                y: false,
                points: { size: 7 },
                /* It stands on a value and not between two. */
                move: (plot, left, top) => {
                    const time = this.group.times[plot.posToIdx(left)];
                    return [left < 0 ? left : plot.valToPos(time, 'x'), top];
                },
            },
            scales: {
                x: { time: false, range: (plot, min, max) => this.group.spanOf(min, max) },
                y: { distr: this.isLogarithmic ? 3 : 1, range: (plot, min, max) => this.range(min, max) },
            },
            axes: [
                { ...axis, size: 30, space: 64, incrs: TIME_STEPS, values: (plot, ticks) => ticks.map(formatClock) },
                { ...axis, size: 58, space: 34,
                    splits: this.isLogarithmic ? ({ scales }) => powersOfTen(scales.y) : undefined,
                    values: (plot, ticks) => ticks.map((tick) => this.formatAxis(tick)) },
            ],
            series: [{}, ...this.series.map((item) => this.lineOf(item))],
            hooks: {
                setCursor: [(plot) => this.group.point(plot.cursor.idx ?? null)],
                setScale: [(plot, key) => {
                    if (key === 'x' && plot.status === 1)
                        this.group.zoom(plot.scales.x.min, plot.scales.x.max);
                }],
            },
        };
    }

    lineOf({ colour: name, values, isFilled, isDashed, isHidden }) {
        return {
            show: !isHidden,
            stroke: () => colour(name),
            fill: isFilled ? () => `${colour(name)}26` : undefined,
            width: 1.5,
            dash: isDashed ? [5, 4] : undefined,
            paths: this.isStepped ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
            points: { size: 5, fill: () => colour(name),
                filter: (plot, series, isShown) => (isShown ? null : alone(values)) },
        };
    }

    /* Shows the values at one item, or the whole chart's key figure again. */
    read(index) {
        const isOn = index !== null && index < this.group.times.length;
        this.at.textContent = isOn ? this.group.clockOf(this.group.times[index]) : '';
        for (const [i, { values, isHidden, format = this.format }] of this.series.entries()) {
            const value = isOn && !isHidden ? values[index] : undefined;
            this.items[i].value.textContent = value === undefined ? '' : value === null ? '–' : format(value);
        }
    }

    key(event) {
        const { plot, group } = this;
        const last = group.times.length - 1;
        const now = plot?.cursor.idx ?? null;
        const { min, max } = plot?.scales.x ?? {};
        const span = max - min;
        const moves = { ArrowLeft: (now ?? 1) - 1, ArrowRight: (now ?? -1) + 1, PageUp: (now ?? 0) - 10,
            PageDown: (now ?? 0) + 10, Home: 0, End: last };
        const zooms = { '+': [min + span / 4, max - span / 4], Escape: [0, group.span],
            '-': [Math.max(0, min - span / 2), Math.min(group.span, max + span / 2)] };
        if (plot === undefined || event.ctrlKey || event.metaKey || event.altKey)
            return;
        if (event.key in moves)
            this.move(Math.max(0, Math.min(last, moves[event.key])));
        else if (event.key in zooms)
            group.zoom(...zooms[event.key]);
        else
            return;
        event.preventDefault();
    }

    move(index) {
        const time = this.group.times[index];
        this.plot.setCursor({ left: this.plot.valToPos(time, 'x'), top: 10 }, true, true);
        this.group.point(index);
        const told = this.series.map(({ label, values, format = this.format }) =>
            `${label} ${values[index] === null ? 'nothing' : format(values[index])}`);
        this.group.spoken.textContent = `${this.group.clockOf(time)}: ${told.join(', ')}`;
    }
}
