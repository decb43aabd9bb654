/* SPDX-License-Identifier: Apache-2.0 */
/* The data of the page: what digest.c made of the result document. Members that an
 * older document lacks read as empty. */

const LATENCY = ['mean_us', 'p50_us', 'p90_us', 'p95_us', 'p99_us', 'max_us'];

function readData() {
    const data = JSON.parse(document.getElementById('data').textContent);
    data.totals ??= {};
    data.totals.latency ??= { count: 0 };
    data.verdict ??= { status: 'invalid', exit_code: 5, reasons: ['the document has no verdict'] };
    for (const list of ['plan', 'tests', 'errors', 'targets', 'runners', 'runs'])
        data[list] ??= [];
    for (const table of ['counters', 'metrics', 'messages', 'overflow'])
        data[table] ??= {};
    data.timeline_step_s ??= 1;
    data.names = readNames(data.names);
    data.statuses = sumStatuses(data.names);
    return data;
}

/* A count of 0 where the document says nothing. */
function count(object, key) {
    return object[key] ?? 0;
}

function readStatuses(told, hits) {
    return typeof told === 'string' ? { [told]: hits } : told;
}

/* Rows of columns. A name is what it shares with the one before, and the rest. */
function readNames(columns) {
    let name = '';
    return columns.name_rest.map((rest, i) => {
        name = name.slice(0, columns.name_shared[i]) + rest;
        const row = {
            name, method: columns.method[i] ?? '', hits: columns.hits[i], errors: columns.errors[i] ?? 0,
            statuses: readStatuses(columns.statuses[i], columns.hits[i]),
        };
        for (const key of LATENCY)
            row[key] = columns[key][i];
        row.good = countGood(row.statuses);
        return row;
    });
}

/* Good is what the document calls success: status 200 to 399. */
function countGood(statuses) {
    let good = 0;
    for (const [status, hits] of Object.entries(statuses)) {
        if (status >= 200 && status < 400)
            good += hits;
    }
    return good;
}

function sumStatuses(names) {
    const sums = new Map();
    for (const row of names) {
        for (const [status, hits] of Object.entries(row.statuses))
            sums.set(status, (sums.get(status) ?? 0) + hits);
    }
    return [...sums].map(([status, hits]) => ({ status: Number(status), hits })).sort((a, b) => a.status - b.status);
}

/* What each second of a slot saw. */
function perSecond(values, step) {
    return step === 1 ? values : values.map((value) => value / step);
}

function sum(values) {
    return values.reduce((all, value) => all + value, 0);
}

function largest(values) {
    return values.reduce((most, value) => Math.max(most, value), 0);
}
