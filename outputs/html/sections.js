/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page that are tables of what was measured, and its errors. */

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
    return Object.entries(statuses).sort(([a], [b]) => a - b)
        .map(([status, hits]) => `${statusText(Number(status))}: ${formatCount(hits)}`).join(', ');
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
    const below = origin === '' ? '' : `, addresses below ${visible(origin)}`;
    const shorten = (name) => (origin !== '' && name.startsWith(origin) ? name.slice(origin.length) || '/' : name);
    const hasMethods = names.some(({ method }) => method !== '');
    return section('names', 'Requests by name',
        table({
            caption: `Requests by name, times in milliseconds${below}`,
            noun: 'name', rows: names, sort: { key: 'hits', isDown: true },
            search: (row) => `${row.method} ${row.name} ${describeStatuses(row.statuses)}`,
            columns: [
                ...(hasMethods ? [textColumn('method', 'Method', { width: 5 })] : []),
                headColumn('name', 'Name', { show: (name) => cutText(shorten(name), name) }),
                countColumn('hits', 'Requests'),
                { key: 'success', label: 'Success', width: 5.5, value: (row) => row.good / row.hits,
                    show: (share) => make(share < 1 ? 'span.bad-text' : 'span', {}, formatShare(share)) },
                ...latencyColumns(LATENCY, (row) => row),
                textColumn('statuses', 'Statuses', { width: 9.5, show: (statuses) => cutText(statuses),
                    value: (row) => describeStatuses(row.statuses) }),
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
        make('div.table-box', {}, make('table.plain.statuses', {},
            make('caption', {}, `Answers to ${plural(total, 'request')}`),
            make('thead', {}, make('tr', {},
                ...['Status', 'Meaning'].map((label) => make('th', { scope: 'col' }, label)),
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
    415: 'Unsupported Media Type', 422: 'Unprocessable Content', 429: 'Too Many Requests',
    500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway',
    503: 'Service Unavailable', 504: 'Gateway Timeout',
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
        const [first, ...rest] = columns('Target');
        tables.push(table({ caption: 'By target', noun: 'target', rows: data.targets,
            columns: [first, textColumn('runner', 'Runner', { width: 6 }), ...rest] }));
    }
    return tables.length === 0 ? null : section('runners', 'Runners', ...tables);
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
        note(`${plural(all, 'error')} of ${plural(errors.length + left.kinds, 'kind')}, the most frequent first, `
            + 'each with its first traceback.'),
        list, more,
        left.kinds === 0 ? null : note(`${plural(left.count, 'error')} of ${plural(left.kinds, 'rarer kind')} `
            + 'found no room here; the JSON result has them.'));
}

function errorEntry({ count: times, class: name, message, traceback }) {
    const [first] = message.split('\n', 1);
    return make('details.error', {},
        make('summary', {}, make('span.error-count', {}, `${formatCount(times)} ×`), ' ',
            make('bdi.error-text', {}, make('b', {}, visible(name)), first === '' ? '' : `: ${visible(first)}`)),
        message === first ? null : make('pre', { tabindex: '0' }, visible(message, true)),
        traceback ? make('pre', { tabindex: '0' }, visible(traceback.trimEnd(), true))
            : note('No traceback was told.'));
}

const KINDS = {
    counter: [['count', 'Values'], ['sum', 'Sum']],
    gauge: [['count', 'Values'], ['last', 'Last'], ['min', 'Min'], ['max', 'Max']],
    rate: [['count', 'Values'], ['nonzero', 'Not 0'], ['rate', 'Rate', formatShare]],
    trend: [['count', 'Values'], ['mean', 'Mean'], ['min', 'Min'], ['p50', 'p50'], ['p90', 'p90'], ['p95', 'p95'],
        ['p99', 'p99'], ['max', 'Max']],
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
            columns: [headColumn('name', 'Metric'), ...figures.map(([key, label, show = formatExact]) =>
                ({ key, label, width: 6, value: (row) => count(row, key), show }))] }));
    }
    return tables.length === 0 ? null : section('metrics', 'Counters and metrics', ...tables);
}

/* Whole numbers as they are, others to six digits. */
function formatExact(value) {
    return Number.isInteger(value) ? formatCount(value) : formatNumber(value, 6, 'maximumSignificantDigits');
}
