/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page about the run itself: its plan, what it was, and whether all
 * messages are in the figures. */

function describeCycles(cycles) {
    const each = cycles.length > 1 ? ' each' : '';
    const length = ({ hits, duration_s }) => (hits ? `${plural(hits, 'time')} each`
        : `${formatDuration((duration_s ?? 0) * 1e6)}${each}`);
    const lengths = new Set(cycles.map(length));
    if (lengths.size === 1) {
        const before = cycles.slice(0, -1).map(({ users }) => `${formatCount(users)}, then `);
        return `${before.join('')}${plural(cycles.at(-1).users, 'user')}, ${[...lengths][0]}`;
    }
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
    const told = entries.filter(([, value]) => value !== null && value !== undefined && value !== '');
    return make('dl.terms', {}, ...told.map(([name, value]) => make('div', {},
        make('dt', {}, name), make('dd', {}, visible(value)))));
}

const EXIT_CODES = {
    0: 'passed', 1: 'tests had failures or errors', 2: 'bad usage', 3: 'an assertion failed',
    4: 'regression against the baseline', 5: 'the result is not valid', 7: 'the broker was not reached',
    70: 'internal error', 130: 'stopped by Ctrl-C', 143: 'stopped by a signal',
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
    const entries = MESSAGES.filter(([key]) => messages[key] !== undefined)
        .map(([key, label]) => [label, formatCount(messages[key])]);
    const notCounted = wrong.map((key) => `${formatCount(messages[key])} ${key}`).join(', ');
    const listed = (object, lead) => {
        const found = Object.entries(object ?? {}).filter(([, value]) => value > 0);
        const told = found.map(([name, value]) => `${visible(name)} ${formatCount(value)}`);
        return found.length === 0 ? null : note(`${lead}: ${told.join(', ')}.`);
    };
    return section('messages', 'Messages',
        note(wrong.length === 0 ? 'All messages of the runners were counted; none is known to be lost.'
            : `Not every message of the runners is in these figures: ${notCounted}.`),
        terms(entries),
        listed(messages.rejected, 'Malformed, by reason'),
        listed(data.overflow, 'Counted under (other), because a limit was reached'));
}
