/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page, one function each: from the data to an element, or null
 * when there is nothing to tell. */

const VERDICTS = {
    pass: { word: 'Passed', mark: 'M5 12.5l4.5 4.5L19 7.5' },
    fail: { word: 'Failed', mark: 'M7 7l10 10M17 7L7 17' },
    invalid: { word: 'Not valid', mark: 'M12 6v7M12 17v.5' },
};

function verdictPart(data) {
    const { status, exit_code, reasons } = data.verdict;
    const { word, mark } = VERDICTS[status] ?? VERDICTS.invalid;
    return make(`header.verdict.is-${status in VERDICTS ? status : 'invalid'}`, {},
        icon(mark),
        make('div', {},
            make('h1', {}, make('span.word', {}, `${word}`), make('span.sr-only', {}, ': '), make('bdi.run-title', {}, visible(data.title))),
            (reasons ?? []).length === 0 ? null : make('ul.reasons', {}, ...reasons.map((reason) => make('li', {}, visible(reason)))),
            make('p.facts', {}, [...facts(data), `exit code ${exit_code}`].join(' · '))));
}

function facts(data) {
    return [formatDate(data.started ?? ''), formatDuration((data.duration_s ?? 0) * 1e6),
        plural(largest(data.timeline.users), 'user'),
        plural(data.plan.length, 'target')];
}

function card(label, value, detail, tone) {
    return make(`li.card${tone ? `.is-${tone}` : ''}`, {},
        make('span.card-label', {}, label), make('span.card-value', {}, value), make('span.card-detail', {}, detail ?? ''));
}

function overviewPart(data) {
    const { totals, timeline } = data;
    const { latency } = totals;
    const hits = count(totals, 'hits');
    const good = sum(data.names.map((row) => row.good));
    const bad = hits - good;
    const ended = count(totals, 'success') + count(totals, 'failures') + count(totals, 'errors');
    const cards = [card('Requests', formatCount(hits), hits > 0 ? `${formatShare(good / hits)} successful` : 'none were made')];

    if (hits > 0) {
        cards.push(card('Requests per second', formatReal(totals.requests_per_s),
            `highest ${formatReal(largest(perSecond(timeline.hits, data.timeline_step_s)))}`));
        cards.push(card('Failed requests', formatCount(bad), bad === 0 ? 'all got an answer below 400'
            : `${formatShare(bad / hits)} of all, ${formatCount(count(totals, 'hit_errors'))} without response`, bad > 0 ? 'bad' : null));
    }
    if (latency.count > 0) {
        cards.push(card('Median response', formatDuration(latency.p50_us), `mean ${formatDuration(latency.mean_us)}`));
        cards.push(card('95th percentile', formatDuration(latency.p95_us),
            `p99 ${formatDuration(latency.p99_us)}, longest ${formatDuration(latency.max_us)}`));
    }
    if (ended > 0 || count(totals, 'tests_started') > 0) {
        const wrong = count(totals, 'failures') + count(totals, 'errors');
        cards.push(card('Tests', formatCount(ended), wrong === 0 ? 'all succeeded'
            : `${plural(count(totals, 'failures'), 'failure')}, ${plural(count(totals, 'errors'), 'error')}`, wrong > 0 ? 'bad' : null));
    }
    if (count(totals, 'sockets_opened') + count(totals, 'socket_bytes') > 0)
        cards.push(card('Web sockets', formatCount(count(totals, 'sockets_opened')), `${formatBytes(count(totals, 'socket_bytes'))} received`));
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
            series: [{ label: 'requests/s', values: perSecond(timeline.hits, step), colour: 'series-1', isFilled: true }] }));
    }
    if (data.totals.latency.count > 0) {
        charts.push(new TimeChart(group, { title: 'Response time', format: formatDuration, hasLogarithm: true, series: [
            { label: 'max', values: measured('max_us'), colour: 'series-5', isDashed: true, isHidden: true },
            { label: 'p99', values: measured('p99_us'), colour: 'series-4' },
            { label: 'p95', values: measured('p95_us'), colour: 'series-3' },
            { label: 'p90', values: measured('p90_us'), colour: 'series-2' },
            { label: 'p50', values: measured('p50_us'), colour: 'series-1' },
        ] }));
    }
    charts.push(new TimeChart(group, { title: 'Users', format: formatCount, formatAxis: formatWholeTick, isStepped: true,
        series: [{ label: 'users', values: timeline.users, colour: 'series-2', isFilled: true }] }));
    if (largest(timeline.errors) > 0) {
        charts.push(new TimeChart(group, { title: 'Errors per second', format: formatReal, formatAxis: formatShort,
            series: [{ label: 'failed tests and requests without response', values: perSecond(timeline.errors, step), colour: 'series-4', isFilled: true }] }));
    }
    const explained = step === 1 ? 'One value a second.' : `One value each ${step} seconds.`;
    return section('time', 'Over time',
        make('div.time-help', {}, note(`${explained} Drag over a chart to zoom, double-click for the whole run.`), group.reset),
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
        caption: step === 1 ? 'What happened in each second, times in milliseconds' : `What happened in each ${step} seconds`,
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
    const figures = [['min_us', 'Shortest'], ['p50_us', '50% (median)'], ['p90_us', '90%'], ['p95_us', '95%'], ['p99_us', '99%'],
        ['p999_us', '99.9%'], ['max_us', 'Longest'], ['mean_us', 'Mean']];
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

/* A bar from 0 to 1, for eyes only: its figure stands beside it. */
function bar(share, tone) {
    return make(`span.bar${tone ? `.is-${tone}` : ''}`, { 'aria-hidden': 'true' },
        setStyle(make('span'), { width: `${Math.max(share > 0 ? 1 : 0, share * 100)}%` }));
}

function statusTone(status) {
    return status >= 200 && status < 400 ? 'good' : status >= 400 && status < 500 ? 'warn' : 'bad';
}

function statusText(status) {
    return status === 0 ? 'no response' : String(status);
}

function describeStatuses(statuses) {
    return Object.entries(statuses).sort(([a], [b]) => a - b).map(([status, hits]) => `${statusText(Number(status))}: ${
        formatCount(hits)}`).join(', ');
}

/* What all addresses begin with, if they do: the service under test. Names that
 * look like what is left without it forbid to leave it out. */
function commonOrigin(names) {
    const pattern = /^[a-z]+:\/\/[^/]+/;
    const origins = new Set(names.map(({ name }) => pattern.exec(name)?.[0]));
    origins.delete(undefined);
    return origins.size === 1 && !names.some(({ name }) => name.startsWith('/')) ? [...origins][0] : '';
}

function namesPart(data) {
    const { names } = data;
    if (names.length === 0)
        return null;
    const origin = commonOrigin(names);
    const shorten = (name) => (origin !== '' && name.startsWith(origin) ? name.slice(origin.length) || '/' : name);
    const hasMethods = names.some(({ method }) => method !== '');
    return section('names', 'Requests by name',
        table({
            caption: `Requests by name, times in milliseconds${origin === '' ? '' : `, addresses below ${visible(origin)}`}`, noun: 'name', rows: names, sort: { key: 'hits', isDown: true },
            search: (row) => `${row.method} ${row.name} ${Object.keys(row.statuses).map((status) => statusText(Number(status))).join(' ')}`,
            columns: [
                ...(hasMethods ? [textColumn('method', 'Method', { width: 5 })] : []),
                headColumn('name', 'Name', { show: (name) => cutText(shorten(name), name) }),
                countColumn('hits', 'Requests'),
                { key: 'success', label: 'Success', width: 5.5, value: (row) => row.good / row.hits,
                    show: (share) => make(share < 1 ? 'span.bad-text' : 'span', {}, formatShare(share)) },
                ...latencyColumns(LATENCY, (row) => row),
                textColumn('statuses', 'Statuses', { width: 9.5, value: (row) => describeStatuses(row.statuses), show: cutText }),
            ],
        }));
}

function statusesPart(data) {
    const total = sum(data.statuses.map(({ hits }) => hits));
    if (total === 0)
        return null;
    const rows = data.statuses.map(({ status, hits }) => make('tr', {},
        make('th', { scope: 'row' }, statusText(status)),
        make('td', {}, STATUS_WORDS[status] ?? ''),
        make('td.number', {}, formatCount(hits)),
        make('td.number', {}, formatShare(hits / total)),
        make('td.bar-cell', {}, bar(hits / total, statusTone(status)))));
    return section('statuses', 'Status codes',
        make('div.table-box', {}, make('table.plain.statuses', {}, make('caption', {}, `Answers to ${plural(total, 'request')}`),
            make('thead', {}, make('tr', {}, ...['Status', 'Meaning'].map((label) => make('th', { scope: 'col' }, label)),
                ...['Requests', 'Share'].map((label) => make('th.number', { scope: 'col' }, label)),
                make('td'))),
            make('tbody', {}, ...rows))));
}

const STATUS_WORDS = {
    0: 'the connection failed or timed out',
    200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 206: 'Partial Content',
    301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect',
    308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
    405: 'Method Not Allowed', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone', 413: 'Content Too Large',
    415: 'Unsupported Media Type', 422: 'Unprocessable Content', 429: 'Too Many Requests', 500: 'Internal Server Error',
    501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
};

const outcomeColumns = [
    countColumn('success', 'Success'),
    countColumn('failures', 'Failures', { show: badCount }),
    countColumn('errors', 'Errors', { show: badCount }),
];

function badCount(value) {
    return make(value > 0 ? 'span.bad-text' : 'span', {}, formatCount(value));
}

function testsPart(data) {
    if (data.tests.length === 0)
        return null;
    const latencyOf = (row) => row.latency ?? {};
    const isTimed = data.tests.some((row) => latencyOf(row).count > 0);
    return section('tests', 'Tests',
        table({
            caption: isTimed ? 'Tests, times in milliseconds' : 'Tests', noun: 'test', rows: data.tests,
            search: data.tests.length > 20 ? (row) => `${row.name} ${row.target} ${row.runner}` : undefined,
            columns: [
                headColumn('name', 'Test'),
                textColumn('runner', 'Runner', { width: 6 }),
                ...outcomeColumns,
                ...(isTimed ? latencyColumns(['mean_us', 'p50_us', 'p95_us', 'p99_us', 'max_us'], latencyOf) : []),
            ],
        }));
}

/* Of a mixed run: who did how much. */
function runnersPart(data) {
    const columns = (label) => [
        headColumn('name', label),
        countColumn('hits', 'Requests'), countColumn('hit_errors', 'No response', { width: 7.5, show: badCount }),
        countColumn('tests', 'Tests'), ...outcomeColumns,
    ];
    const tables = [];
    if (data.runners.length > 1)
        tables.push(table({ caption: 'By runner', noun: 'runner', rows: data.runners, columns: columns('Runner') }));
    if (data.targets.length > 1) {
        tables.push(table({ caption: 'By target', noun: 'target', rows: data.targets,
            columns: [columns('Target')[0], textColumn('runner', 'Runner', { width: 6 }), ...columns('Target').slice(1)] }));
    }
    return tables.length === 0 ? null : section('runners', 'Runners and targets', ...tables);
}

const ERRORS_SHOWN = 20;

function errorsPart(data) {
    const { errors } = data;
    const left = data.errors_left;
    if (errors.length === 0 && left.kinds === 0)
        return null;
    const list = make('div.errors', {}, ...errors.slice(0, ERRORS_SHOWN).map(errorEntry));
    const more = errors.length <= ERRORS_SHOWN ? null : make('button.quiet', { type: 'button', onclick: () => {
        list.append(...errors.slice(ERRORS_SHOWN).map(errorEntry));
        more.remove();
    } }, `Show ${plural(errors.length - ERRORS_SHOWN, 'more kind of error', 'more kinds of errors')}`);
    const all = sum(errors.map(({ count: times }) => times)) + left.count;
    return section('errors', 'Errors',
        note(`${plural(all, 'error')} of ${plural(errors.length + left.kinds, 'kind')}, the most frequent first, each with its first traceback.`),
        list, more,
        left.kinds === 0 ? null : note(`${plural(left.count, 'error')} of ${plural(left.kinds, 'rarer kind')} found no room here; the JSON result has them.`));
}

function errorEntry({ count: times, class: name, message, traceback }) {
    const [first] = message.split('\n', 1);
    return make('details.error', {},
        make('summary', {}, make('span.error-count', {}, `${formatCount(times)} ×`), ' ',
            make('bdi.error-text', {}, make('b', {}, visible(name)), first === '' ? '' : `: ${visible(first)}`)),
        message === first ? null : make('pre', { tabindex: '0' }, visible(message, true)),
        traceback ? make('pre', { tabindex: '0' }, visible(traceback.trimEnd(), true)) : note('No traceback was told.'));
}

const KINDS = {
    counter: [['count', 'Values'], ['sum', 'Sum']],
    gauge: [['count', 'Values'], ['last', 'Last'], ['min', 'Min'], ['max', 'Max']],
    rate: [['count', 'Values'], ['nonzero', 'Not 0'], ['rate', 'Rate', formatShare]],
    trend: [['count', 'Values'], ['mean', 'Mean'], ['min', 'Min'], ['p50', 'p50'], ['p90', 'p90'], ['p95', 'p95'], ['p99', 'p99'],
        ['max', 'Max']],
};

function metricsPart(data) {
    const counters = Object.entries(data.counters).map(([name, value]) => ({ name, value }));
    const tables = counters.length === 0 ? [] : [table({ caption: 'Counters', noun: 'counter', rows: counters,
        search: counters.length > 20 ? (row) => row.name : undefined,
        columns: [headColumn('name', 'Counter'), { key: 'value', label: 'Sum', width: 9, show: formatExact }] })];
    for (const [kind, figures] of Object.entries(KINDS)) {
        const rows = Object.entries(data.metrics).filter(([, metric]) => metric[kind] !== undefined)
            .map(([name, metric]) => ({ name, ...metric[kind] }));
        if (rows.length === 0)
            continue;
        tables.push(table({ caption: `Metrics: ${kind}s`, noun: kind, rows,
            search: rows.length > 20 ? (row) => row.name : undefined,
            columns: [headColumn('name', 'Metric'), ...figures.map(([key, label, show = formatExact]) => ({ key, label, width: 6,
                value: (row) => count(row, key), show }))] }));
    }
    return tables.length === 0 ? null : section('metrics', 'Counters and metrics', ...tables);
}

/* Whole numbers as they are, others to six digits. */
function formatExact(value) {
    return Number.isInteger(value) ? formatCount(value) : formatNumber(value, 6, 'maximumSignificantDigits');
}

function describeCycles(cycles) {
    const each = cycles.length > 1 ? ' each' : '';
    const length = ({ hits, duration_s }) => (hits ? `${plural(hits, 'time')} each` : `${formatDuration((duration_s ?? 0) * 1e6)}${each}`);
    const lengths = new Set(cycles.map(length));
    if (lengths.size === 1)
        return `${cycles.map(({ users }) => formatCount(users)).join(', then ')} ${cycles.at(-1).users === 1 ? 'user' : 'users'}, ${[...lengths][0]}`;
    return cycles.map((cycle) => `${plural(cycle.users, 'user')}, ${length(cycle)}`).join('; then ');
}

function planPart(data) {
    if (data.plan.length === 0)
        return null;
    const search = data.plan.length > 20 ? (row) => `${row.name} ${row.runner}` : undefined;
    const isMerged = data.plan.some((target) => target.run_id !== undefined);
    return section('plan', 'Plan',
        table({ caption: 'What was to run', noun: 'target', rows: data.plan, search, columns: [
            headColumn('name', 'Target'), textColumn('runner', 'Runner', { width: 6 }),
            ...(isMerged ? [textColumn('run_id', 'Run', { width: 10 })] : []),
            textColumn('cycles', 'Users', { value: (row) => describeCycles(row.cycles ?? []), width: 24 }),
        ] }));
}

function terms(entries) {
    return make('dl.terms', {}, ...entries.filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, visible(value)))));
}

const EXIT_CODES = {
    0: 'passed', 1: 'tests had failures or errors', 2: 'bad usage', 3: 'an assertion failed', 4: 'regression against the baseline',
    5: 'the result is not valid', 7: 'the broker was not reached', 70: 'internal error', 130: 'stopped by Ctrl-C', 143: 'stopped by a signal',
};

function environmentPart(data) {
    const code = data.verdict.exit_code;
    const runs = data.runs.map((run) => ({ ...run, status: run.verdict?.status ?? '' }));
    return section('environment', 'This run',
        terms([
            ['Project', data.project], ['Label', data.label], ['Started', formatDate(data.started ?? '')],
            ['Duration', formatDuration((data.duration_s ?? 0) * 1e6)], ['Run id', data.run_id],
            ['Exit code', `${code}${code in EXIT_CODES ? `, ${EXIT_CODES[code]}` : ''}`],
            ['Made by', `Loads ${data.version ?? ''}`], ['Document', data.schema],
        ]),
        runs.length === 0 ? null : table({ caption: 'Merged from these runs', noun: 'run', rows: runs, columns: [
            headColumn('run_id', 'Run'), textColumn('label', 'Label', { width: 10 }),
            textColumn('started', 'Started', { width: 13, show: (text) => formatDate(visible(text)) }),
            { key: 'duration_s', label: 'Duration', width: 6, show: (seconds) => formatDuration(seconds * 1e6) },
            textColumn('status', 'Verdict', { width: 6 }),
        ] }));
}

const MESSAGES = [
    ['received', 'Received'], ['counted', 'Counted'], ['malformed', 'Malformed'], ['unknown', 'Of unknown type'],
    ['duplicate', 'Duplicate'], ['lost', 'Lost'], ['unnumbered', 'Unnumbered'],
];

function messagesPart(data) {
    const { messages } = data;
    const wrong = ['malformed', 'unknown', 'duplicate', 'lost'].filter((key) => count(messages, key) > 0);
    const entries = MESSAGES.filter(([key]) => messages[key] !== undefined).map(([key, label]) => [label, formatCount(messages[key])]);
    const listed = (object, lead) => {
        const found = Object.entries(object ?? {}).filter(([, value]) => value > 0);
        return found.length === 0 ? null : note(`${lead}: ${found.map(([name, value]) => `${visible(name)} ${formatCount(value)}`).join(', ')}.`);
    };
    return section('messages', 'Account of messages',
        note(wrong.length === 0 ? 'All messages of the runners were counted; none is known to be lost.'
            : `Not every message of the runners is in these figures: ${wrong.map((key) => `${formatCount(messages[key])} ${key}`).join(', ')}.`),
        terms(entries),
        listed(messages.rejected, 'Malformed, by reason'),
        listed(data.overflow, 'Counted under (other), because a limit was reached'));
}
