/* SPDX-License-Identifier: Apache-2.0 */
/* A table that is sorted by its headings and filtered by words. Of a long one only
 * the rows in sight are there, so that 10 000 of them cost what 50 do. */

const ROWS_WHOLE = 200; /* a table of up to so many rows is there as a whole */
const ROWS_PRINTED = 500;
const ROWS_BEYOND = 20; /* above and below those in sight */

const collator = new Intl.Collator('en', { numeric: true });

function compare(a, b) {
    return typeof a === 'string' ? collator.compare(a, b) : a - b;
}

/* A long text keeps its end, which is what tells addresses apart; `whole` is what
 * it is short for. */
function cutText(text, whole = text) {
    const shown = visible(text);
    const tail = shown.length > 48 ? shown.slice(-20) : '';
    return make('span.cut', { title: shown.length > 24 || whole !== text ? visible(whole) : null },
        make('span.cut-head', {}, shown.slice(0, shown.length - tail.length)),
        tail === '' ? null : make('span.cut-tail', {}, tail));
}

/* Columns are { key, label, value(row), show(value, row), width, hint }: `value` is
 * what is sorted by (row[key] unless given), `show` makes its text or element. Those
 * with isText stand left and are sorted upwards first. `search(row)`, if given, is
 * the text that the filter looks in. */
class Table {
    constructor({ caption, columns, rows, sort, search, noun = 'row' }) {
        this.columns = columns;
        this.noun = noun;
        this.all = rows;
        this.search = search;
        this.texts = null;
        this.sort = sort ?? null;
        this.rowHeight = 0;
        this.build(caption);
        this.select();
        onTheme(() => this.render());
        new ResizeObserver(() => this.measure()).observe(this.box);
    }

    build(caption) {
        this.heads = this.columns.map((column) => this.makeHead(column));
        this.body = make('tbody');
        this.table = make('table', {},
            make('caption', {}, caption),
            make('colgroup', {}, ...this.columns.map((column) => setStyle(make('col'),
                column.width ? { width: `${column.width}rem` } : {}))),
            make('thead', {}, make('tr', { 'aria-rowindex': 1 }, ...this.heads)),
            this.body);
        const least = this.columns.reduce((all, column) => all + (column.width ?? 11), 0);
        setStyle(this.table, { 'min-width': `${least}rem` });
        this.box = make('div.table-box', { tabindex: '0', role: 'region', 'aria-label': `${caption}, scrolls`,
            onscroll: () => this.scrolled() }, this.table);
        this.cut = make('p.note.print-only');
        this.element = make('div.table', {}, this.makeFilter(), this.box, this.cut);
    }

    makeHead(column) {
        const label = make('span', {}, column.label);
        return make(column.isText ? 'th' : 'th.number', { scope: 'col', title: column.hint ?? null },
            make('button', { type: 'button', onclick: () => this.sortBy(column) }, label,
                make('span.sort-mark', { 'aria-hidden': 'true' })));
    }

    makeFilter() {
        this.status = make('span.filter-count', { role: 'status' });
        if (this.search === undefined)
            return null;
        this.input = make('input', {
            type: 'search', placeholder: 'Words to look for', autocomplete: 'off', spellcheck: 'false',
            oninput: () => this.select(true),
            onkeydown: (event) => {
                if (event.key === 'Escape') {
                    this.input.value = '';
                    this.select(true);
                }
            } });
        return make('div.filter', {}, make('label', {}, make('span', {}, 'Filter'), this.input), this.status);
    }

    sortBy(column) {
        const again = this.sort?.key === column.key;
        this.sort = { key: column.key, isDown: again ? !this.sort.isDown : !column.isText };
        this.select(true);
    }

    matching() {
        const words = (this.input?.value ?? '').toLowerCase().split(/\s+/).filter((word) => word !== '');
        if (words.length === 0)
            return this.all;
        this.texts ??= new Map(this.all.map((row) => [row, this.search(row).toLowerCase()]));
        return this.all.filter((row) => words.every((word) => this.texts.get(row).includes(word)));
    }

    /* Rows in their order; those alike stay in the document's. */
    sorted(rows) {
        const column = this.columns.find(({ key }) => key === this.sort?.key);
        if (column === undefined)
            return rows;
        const value = column.value ?? ((row) => row[column.key]);
        const values = new Map(rows.map((row) => [row, value(row)]));
        const sign = this.sort.isDown ? -1 : 1;
        return [...rows].sort((a, b) => sign * compare(values.get(a), values.get(b)));
    }

    select(fromTop = false) {
        this.rows = this.sorted(this.matching());
        for (const [i, column] of this.columns.entries()) {
            const order = column.key !== this.sort?.key ? null : this.sort.isDown ? 'descending' : 'ascending';
            if (order === null)
                this.heads[i].removeAttribute('aria-sort');
            else
                this.heads[i].setAttribute('aria-sort', order);
        }
        this.table.setAttribute('aria-rowcount', this.rows.length + 1);
        this.status.textContent = this.rows.length === this.all.length ? plural(this.all.length, this.noun)
            : `${formatCount(this.rows.length)} of ${plural(this.all.length, this.noun)}`;
        if (fromTop)
            this.box.scrollTop = 0;
        this.render();
    }

    get isLong() {
        return this.rows.length > ROWS_WHOLE;
    }

    scrolled() {
        if (!this.isLong || this.frame !== undefined)
            return;
        this.frame = requestAnimationFrame(() => {
            this.frame = undefined;
            this.render();
        });
    }

    /* Which rows are there: from, to. */
    window() {
        const total = this.rows.length;
        if (isPaper())
            return [0, Math.min(total, ROWS_PRINTED)];
        if (!this.isLong)
            return [0, total];
        const height = this.rowHeight || 36;
        const first = Math.floor(this.box.scrollTop / height) - ROWS_BEYOND;
        const last = first + 2 * ROWS_BEYOND + Math.ceil((this.box.clientHeight || 600) / height);
        return [Math.max(0, Math.min(first, total - 1)), Math.min(total, Math.max(last, 2 * ROWS_BEYOND))];
    }

    render() {
        const [from, to] = this.window();
        this.element.classList.toggle('is-long', this.isLong);
        this.body.replaceChildren(
            ...this.spacer(from),
            ...this.rows.slice(from, to).map((row, i) => this.makeRow(row, from + i)),
            ...this.spacer(this.rows.length - to));
        if (this.rows.length === 0)
            this.body.append(make('tr', {}, make('td.empty', { colspan: this.columns.length }, 'Nothing matches.')));
        this.cut.textContent = this.rows.length > ROWS_PRINTED
            ? `The first ${formatCount(ROWS_PRINTED)} of ${plural(this.rows.length, this.noun)}.` : '';
        this.measure();
    }

    makeRow(row, index) {
        return make('tr', { 'aria-rowindex': index + 2 }, ...this.columns.map((column) => {
            const value = column.value ? column.value(row) : row[column.key];
            const shown = column.show(value, row);
            if (column.isHead)
                return make('th.name', { scope: 'row' }, shown);
            return make(column.isText ? 'td' : 'td.number', {}, shown);
        }));
    }

    /* In place of the rows that are not there. */
    spacer(rows) {
        if (rows === 0 || isPaper())
            return [];
        const cell = make('td', { colspan: this.columns.length });
        setStyle(cell, { height: `${rows * (this.rowHeight || 36)}px` });
        return [make('tr.spacer', { 'aria-hidden': 'true' }, cell)];
    }

    /* Rows of a long table are equally high, but for the very first, which has no
     * line above; how high depends on the font. */
    measure() {
        const row = this.isLong ? this.body.rows[ROWS_BEYOND] : undefined;
        const height = row?.getBoundingClientRect().height ?? 0;
        if (height > 0 && Math.abs(height - this.rowHeight) > 0.5) {
            this.rowHeight = height;
            this.render();
        }
    }
}

function table(options) {
    return new Table(options).element;
}

/* Kinds of columns. */
const textColumn = (key, label, more = {}) => ({ key, label, isText: true,
    show: (value) => visible(value ?? ''), ...more });
const headColumn = (key, label, more = {}) => ({ key, label, isText: true, isHead: true,
    show: (value) => cutText(value ?? ''), ...more });
const countColumn = (key, label, more = {}) => ({ key, label, width: 5.75, value: (row) => count(row, key),
    show: (value) => formatCount(value), ...more });
const msColumn = (key, label, value, more = {}) => ({ key, label, width: 4.6, value,
    show: (us) => (us === 0 ? '–' : formatMs(us)), ...more }); /* 0: nothing was measured */

/* Times of rows: `latencyOf` gives the row's latency, which is empty without a count. */
function latencyColumns(keys, latencyOf) {
    const labels = { mean_us: 'Mean', p50_us: 'p50', p90_us: 'p90', p95_us: 'p95', p99_us: 'p99', max_us: 'Max' };
    const hint = 'in milliseconds';
    return keys.map((key) => msColumn(key, labels[key], (row) => latencyOf(row)[key] ?? 0, { hint }));
}
