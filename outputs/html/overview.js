/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page that one sees first: verdict, key figures, charts. Each is a
 * function from the data to an element, or to null when there is nothing to tell. */

const VERDICTS = {
    pass: { word: 'Passed', mark: 'M5 12.5l4.5 4.5L19 7.5' },
    fail: { word: 'Failed', mark: 'M7 7l10 10M17 7L7 17' },
    invalid: { word: 'Not valid', mark: 'M12 6v7M12 17v.5' },
};

function verdictPart(data) {
    const { status, exit_code, reasons = [] } = data.verdict;
    const { word, mark } = VERDICTS[status] ?? VERDICTS.invalid;
    return make(`header.verdict.is-${status in VERDICTS ? status : 'invalid'}`, {},
        icon(mark),
        make('div', {},
            make('h1', {}, make('span.word', {}, word), make('span.sr-only', {}, ': '),
                make('bdi.run-title', {}, visible(data.title))),
            reasons.length === 0 ? null
                : make('ul.reasons', {}, ...reasons.map((reason) => make('li', {}, visible(reason)))),
            make('p.facts', {}, [...facts(data), `exit code ${exit_code}`].join(' · '))));
}

function facts(data) {
    return [formatDate(data.started ?? ''), formatDuration((data.duration_s ?? 0) * 1e6),
        plural(largest(data.timeline.users), 'user'),
        plural(data.plan.length, 'target')];
}

function card(label, value, detail, tone) {
    return make(`li.card${tone ? `.is-${tone}` : ''}`, {},
        make('span.card-label', {}, label), make('span.card-value', {}, value),
        make('span.card-detail', {}, detail));
}

function overviewPart(data) {
    const { totals, timeline } = data;
    const { latency } = totals;
    const hits = count(totals, 'hits');
    const good = sum(data.names.map((row) => row.good));
    const bad = hits - good;
    const ended = count(totals, 'success') + count(totals, 'failures') + count(totals, 'errors');
    const cards = [card('Requests', formatCount(hits),
        hits > 0 ? `${formatShare(good / hits)} successful` : 'none were made')];

    if (hits > 0) {
        cards.push(card('Requests per second', formatReal(totals.requests_per_s),
            `highest ${formatReal(largest(perSecond(timeline.hits, data.timeline_step_s)))}`));
        cards.push(bad === 0 ? card('Failed requests', '0', 'all got an answer below 400')
            : card('Failed requests', formatCount(bad), `${formatShare(bad / hits)} of all, ${
                formatCount(count(totals, 'hit_errors'))} without response`, 'bad'));
    }
    if (latency.count > 0) {
        cards.push(card('Median response', formatDuration(latency.p50_us),
            `mean ${formatDuration(latency.mean_us)}`));
        cards.push(card('95th percentile', formatDuration(latency.p95_us),
            `p99 ${formatDuration(latency.p99_us)}, longest ${formatDuration(latency.max_us)}`));
    }
    if (ended > 0 || count(totals, 'tests_started') > 0) {
        const [failures, errors] = [count(totals, 'failures'), count(totals, 'errors')];
        cards.push(failures + errors === 0 ? card('Tests', formatCount(ended), 'all succeeded')
            : card('Failed tests', formatCount(failures + errors), `of ${formatCount(ended)}: ${
                plural(failures, 'failure')}, ${plural(errors, 'error')}`, 'bad'));
    }
    if (count(totals, 'sockets_opened') + count(totals, 'socket_bytes') > 0)
        cards.push(card('Web sockets', formatCount(count(totals, 'sockets_opened')),
            `${formatBytes(count(totals, 'socket_bytes'))} received`));
    return section('overview', 'Key figures', make('ul.cards', {}, ...cards));
}

function timePart(data) {
    const { timeline, timeline_step_s: step } = data;
    const times = timeline.t_s;
    if (times.length === 0)
        return null;
    const began = Date.parse(data.started);
    const clockOf = (time) => `${formatClock(time)}${Number.isNaN(began) ? ''
        : `, ${new Date(began + time * 1000).toISOString().slice(11, 19)} UTC`}`;
    const group = new TimeCharts(times, Math.max(times.at(-1), step), clockOf);
    const measured = (key) => timeline[key].map((us, i) => (timeline.max_us[i] > 0 ? us : null));
    const hasHits = data.totals.hits > 0;
    const charts = [];

    if (hasHits) {
        charts.push(new TimeChart(group, { title: 'Requests per second', format: formatReal, formatAxis: formatShort,
            series: [{ label: 'requests/s', values: perSecond(timeline.hits, step), colour: 'series-1',
                isFilled: true }] }));
    }
    if (data.totals.latency.count > 0) {
        charts.push(new TimeChart(group, { title: 'Response time', format: formatDuration, hasLogarithm: true,
            series: [
                { label: 'max', values: measured('max_us'), colour: 'series-5', isDashed: true, isHidden: true },
                { label: 'p99', values: measured('p99_us'), colour: 'series-4' },
                { label: 'p95', values: measured('p95_us'), colour: 'series-3' },
                { label: 'p90', values: measured('p90_us'), colour: 'series-2' },
                { label: 'p50', values: measured('p50_us'), colour: 'series-1' },
            ] }));
    }
    charts.push(new TimeChart(group, { title: 'Users', format: formatCount, formatAxis: formatWholeTick,
        isStepped: true, series: [{ label: 'users', values: timeline.users, colour: 'series-2', isFilled: true }] }));
    if (largest(timeline.errors) > 0) {
        charts.push(new TimeChart(group, { title: 'Errors per second', format: formatReal, formatAxis: formatShort,
            series: [{ label: 'failed tests and requests without response',
                values: perSecond(timeline.errors, step), colour: 'series-4', isFilled: true }] }));
    }
    const explained = step === 1 ? 'One value a second.' : `One value each ${step} seconds.`;
    return section('time', 'Over time',
        make('div.time-help', {},
            note(`${explained} Drag over a chart to zoom, double-click for the whole run.`), group.reset),
        make('div.charts', {}, ...charts.map((chart) => group.add(chart))),
        group.spoken,
        lazyDetails('All values as a table', () => timeTable(data)));
}

function formatWholeTick(value) {
    return Number.isInteger(value) ? formatShort(value) : '';
}

/* Its content is made when it is opened for the first time. */
function lazyDetails(title, content) {
    const details = make('details.more', {
        ontoggle: () => {
            if (details.open && details.children.length === 1)
                details.append(content());
        } }, make('summary', {}, title));
    return details;
}

function timeTable({ timeline, timeline_step_s: step, totals }) {
    const rows = timeline.t_s.map((t_s, i) => ({ t_s, hits: timeline.hits[i], errors: timeline.errors[i],
        users: timeline.users[i], ...Object.fromEntries(LATENCY.map((key) => [key, timeline[key][i]])) }));
    return table({
        caption: `What happened in each ${step === 1 ? 'second' : `${step} seconds`}, times in milliseconds`,
        noun: 'line', rows, sort: { key: 't_s', isDown: false },
        columns: [
            { key: 't_s', label: 'From', width: 6, show: formatClock },
            countColumn('users', 'Users'), countColumn('hits', 'Requests'), countColumn('errors', 'Errors'),
            ...(totals.latency.count > 0 ? latencyColumns(LATENCY, (row) => row) : []),
        ],
    });
}

function distributionPart(data) {
    const { latency } = data.totals;
    if (latency.count === 0)
        return null;
    const figures = [['min_us', 'Shortest'], ['p50_us', '50% (median)'], ['p90_us', '90%'], ['p95_us', '95%'],
        ['p99_us', '99%'], ['p999_us', '99.9%'], ['max_us', 'Longest'], ['mean_us', 'Mean']];
    const rows = figures.filter(([key]) => latency[key] !== undefined).map(([key, label]) => make('tr', {},
        make('th', { scope: 'row' }, label), make('td.number', {}, formatDuration(latency[key]))));
    return section('distribution', 'Response times',
        make('div.beside', {},
            data.distribution ? new Distribution(data.distribution, latency).element
                : note('The document holds no histogram that could be read.'),
            make('div.table-box', {}, make('table.plain', {},
                make('caption', {}, `Of ${plural(latency.count, 'response')}, so many took at most`),
                make('tbody', {}, ...rows)))));
}
