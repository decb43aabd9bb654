/* SPDX-License-Identifier: Apache-2.0 */
/* Brings the tests' parameters, the rows of --data and the users together. */
import { dealRow } from './deal.js';
import { readRows } from './rows.js';
import { UsageError } from './settings.js';

/* Returns the function that gives a user the row of its iteration, as user.row; false:
 * none is left for it. */
export function prepareDeal({ settings, suite, key }) {
    const declaring = (suite.tests ?? []).filter((test) => test.body.parameters !== undefined);
    if (settings.data === undefined) {
        if (declaring.length > 0)
            throw new UsageError(`${declaring[0].name} has parameters (${Object.keys(declaring[0].body.parameters)
                .join(', ')}): name a file with rows for them with --data`);
        return () => true;
    }
    const rows = readRows(settings.data, wantedColumns(declaring));
    const last = settings.firstUser + settings.processUsers - 1;
    const users = Math.max(settings.users, last);
    const isUnique = settings.uniqueUsers !== undefined;
    const most = Math.max(users, settings.uniqueUsers ?? 1);
    if (isUnique && rows.length < most)
        throw new UsageError(`${settings.data} has ${rows.length} rows: not enough for ${most} users`
            + ' with rows of their own');
    const deal = { order: settings.dataOrder, isUnique, rows: rows.length, users, key };
    return (user) => {
        user.row = rows[dealRow(deal, user.number, user.iteration)];
        return user.row !== undefined;
    };
}

/* A column has one type: what is a number to one test is no text to the other. */
function wantedColumns(tests) {
    const wanted = new Map();
    for (const { name, body } of tests)
        for (const [column, type] of Object.entries(body.parameters)) {
            if (wanted.has(column) && wanted.get(column) !== type)
                throw new UsageError(`parameters of ${name}: ${column} is ${type} here and ${wanted.get(column)} elsewhere`);
            wanted.set(column, type);
        }
    return wanted;
}
