/* SPDX-License-Identifier: Apache-2.0 */
/* How response times are distributed: bars on a logarithmic axis, with the
 * percentiles marked. Drawn by hand: it is one picture of some rectangles. */

const DISTRIBUTION_HEIGHT = 264;
const DISTRIBUTION_PAPER_WIDTH = 450;
const BARS_LEAST = 15; /* fewer would be too wide: empty ones are added on both sides */
const MARKS = [['p50_us', 'p50'], ['p95_us', 'p95'], ['p99_us', 'p99']];

/* 1, 2 and 5 times each power of ten between the two. */
function ticksBetween(low, high) {
    const ticks = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
        for (const factor of [1, 2, 5]) {
            if (power * factor >= low && power * factor <= high)
                ticks.push(power * factor);
        }
    }
    return ticks;
}

class Distribution {
    constructor({ low_us, ratio, counts }, latency) {
        const beside = Math.ceil(Math.max(0, BARS_LEAST - counts.length) / 2);
        const empty = Array(beside).fill(0);
        Object.assign(this, { ratio, latency });
        this.low = low_us / ratio ** beside;
        this.counts = [...empty, ...counts, ...empty];
        this.total = sum(counts);
        this.most = largest(counts);
        this.selected = null;
        this.canvas = make('canvas');
        this.told = make('p.hint', { role: 'status' });
        this.host = make('div.chart', { tabindex: '0', role: 'img', 'aria-label': this.words(),
            onkeydown: (event) => this.key(event),
            onpointermove: (event) => this.select(this.barAt(event.offsetX)),
            onpointerleave: () => this.select(null) }, this.canvas);
        this.element = make('figure.chart-box', {},
            make('figcaption', {}, make('h3', {}, 'Requests by response time'), this.told),
            this.host);
        new ResizeObserver(() => this.draw()).observe(this.host);
        onTheme(() => this.draw());
    }

    edge(bar) {
        return this.low * this.ratio ** bar;
    }

    words() {
        const peak = this.counts.indexOf(this.most);
        return `Chart: requests by response time. Most often between ${formatDuration(this.edge(peak))} and ${
            formatDuration(this.edge(peak + 1))}; half within ${formatDuration(this.latency.p50_us)}, 99% within ${
            formatDuration(this.latency.p99_us)}. Arrow keys read bars.`;
    }

    /* From a time to a place on the picture. */
    x(us) {
        return this.left + Math.log(us / this.low) / Math.log(this.ratio) * this.barWidth;
    }

    y(value) {
        return this.bottom - value / this.most * (this.bottom - this.top);
    }

    barAt(x) {
        const bar = Math.floor((x - this.left) / this.barWidth);
        return bar >= 0 && bar < this.counts.length ? bar : null;
    }

    tell(bar) {
        const value = this.counts[bar];
        return `${formatDuration(this.edge(bar))} to ${formatDuration(this.edge(bar + 1))}: ${
            plural(value, 'request')}, ${formatShare(value / this.total)}`;
    }

    select(bar) {
        if (bar === this.selected)
            return;
        this.selected = bar;
        this.told.textContent = bar === null ? '' : this.tell(bar);
        this.draw();
    }

    key(event) {
        const last = this.counts.length - 1;
        const moves = { ArrowLeft: Math.max(0, (this.selected ?? 1) - 1), Home: 0,
            ArrowRight: Math.min(last, (this.selected ?? -1) + 1), End: last, Escape: null };
        if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey)
            return;
        event.preventDefault();
        this.select(moves[event.key]);
    }

    draw() {
        const width = isPaper() ? DISTRIBUTION_PAPER_WIDTH : Math.floor(this.host.clientWidth);
        if (width === 0)
            return;
        const scale = devicePixelRatio || 1;
        Object.assign(this.canvas, { width: width * scale, height: DISTRIBUTION_HEIGHT * scale });
        setStyle(this.canvas, { width: `${width}px`, height: `${DISTRIBUTION_HEIGHT}px` });
        Object.assign(this, { left: 58, top: 30, bottom: DISTRIBUTION_HEIGHT - 26, right: width - 14 });
        this.barWidth = (this.right - this.left) / this.counts.length;
        const canvas = this.canvas.getContext('2d');
        canvas.setTransform(scale, 0, 0, scale, 0, 0);
        canvas.clearRect(0, 0, width, DISTRIBUTION_HEIGHT);
        canvas.font = '12px system-ui, sans-serif';
        this.drawAxes(canvas);
        this.drawBars(canvas);
        this.drawMarks(canvas);
    }

    drawAxes(canvas) {
        const high = this.edge(this.counts.length);
        let ticks = ticksBetween(this.low, high);
        if (ticks.length < 2)
            ticks = [this.low, high];
        canvas.strokeStyle = colour('grid');
        canvas.fillStyle = colour('muted');
        canvas.textAlign = 'center';
        for (const tick of ticks) {
            const x = Math.round(this.x(tick)) + 0.5;
            canvas.beginPath();
            canvas.moveTo(x, this.top);
            canvas.lineTo(x, this.bottom);
            canvas.stroke();
        }
        let end = -Infinity; /* of the label before */
        for (const tick of ticks) {
            const label = formatDuration(tick);
            const width = canvas.measureText(label).width;
            const x = Math.max(width / 2, Math.min(this.right + 14 - width / 2, this.x(tick)));
            if (x - width / 2 < end + 12)
                continue;
            canvas.fillText(label, x, this.bottom + 18);
            end = x + width / 2;
        }
        canvas.textAlign = 'right';
        for (const part of [0, 0.5, 1]) {
            const share = part * this.most / this.total;
            canvas.fillText(share === 0 ? '0' : formatShare(share), this.left - 10, this.y(part * this.most) + 4);
        }
    }

    drawBars(canvas) {
        const gap = this.barWidth > 4 ? 1 : 0;
        for (const [bar, value] of this.counts.entries()) {
            /* What happened once is seen too. */
            const height = value === 0 ? 0 : Math.max(1.5, this.bottom - this.y(value));
            canvas.fillStyle = colour(bar === this.selected ? 'accent' : 'series-1');
            canvas.fillRect(this.left + bar * this.barWidth, this.bottom - height,
                Math.max(1, this.barWidth - gap), height);
        }
    }

    drawMarks(canvas) {
        let end = -Infinity;
        for (const [key, label] of MARKS) {
            const x = this.x(this.latency[key]);
            const text = `${label} ${formatDuration(this.latency[key])}`;
            const width = canvas.measureText(text).width;
            const start = Math.max(end + 10, Math.min(x - width / 2, this.right - width));
            canvas.strokeStyle = colour('text');
            canvas.setLineDash([3, 3]);
            canvas.beginPath();
            canvas.moveTo(Math.round(x) + 0.5, this.top - 8);
            canvas.lineTo(Math.round(x) + 0.5, this.bottom);
            canvas.stroke();
            canvas.setLineDash([]);
            canvas.textAlign = 'left';
            canvas.fillStyle = colour('text');
            if (start + width <= this.right + 14)
                canvas.fillText(text, start, this.top - 14);
            end = start + width;
        }
    }
}
