/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of --data: a CSV file or a JSON array of objects, read and checked before
 * anything runs. Every complaint names the file, the row and the column. */
import { readFileSync, statSync } from 'node:fs';
import { inspect } from 'node:util';
import { UsageError } from './settings.js';

const FILE_LIMIT = 64 * 1024 * 1024;
const ROWS_LIMIT = 1_000_000;
const COLUMNS_LIMIT = 1024;
const VALUES_LIMIT = 16_777_216;
const SHOWN_LIMIT = 60;

const whole = (least, most) => (value) => {
    const number = typeof value === 'string' && /^-?[0-9]+$/.test(value) ? Number(value) : value;
    return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
};
const real = (limit) => (value) => {
    const isWritten = typeof value === 'string' && /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(value);
    const number = isWritten ? Number(value) : value;
    return Number.isFinite(number) && Math.abs(number) <= limit ? number : undefined;
};

/* How each type of a parameter makes a value of a cell; undefined: it cannot. */
const TYPES = {
    bool: { expected: 'true or false', read: (cell) => ({ true: true, false: false })[String(cell)] },
    int: { expected: 'a whole number of 32 bits', read: whole(-(2 ** 31), 2 ** 31 - 1) },
    uint: { expected: 'a whole number from 0, of 32 bits', read: whole(0, 2 ** 32 - 1) },
    long: { expected: 'a whole number of at most 53 bits', read: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) },
    float: { expected: 'a number', read: real(3.4028234663852886e38) },
    double: { expected: 'a number', read: real(Number.MAX_VALUE) },
    string: { expected: 'a text', read: (cell) => (typeof cell === 'string' ? cell : undefined) },
};

/* `declared` as a test has it: { term: 'string', page: 'int' }. */
export function checkParameters(test, declared) {
    if (typeof declared !== 'object' || declared === null)
        throw new UsageError(`parameters of ${test}: expected an object such as { term: 'string', page: 'int' }`);
    for (const [name, type] of Object.entries(declared))
        if (!Object.hasOwn(TYPES, type))
            throw new UsageError(`parameters of ${test}: ${name} has the type ${inspect(type)};`
                + ` expected ${Object.keys(TYPES).join(', ')}`);
    return declared;
}

/* Returns the rows as frozen objects. `wanted`: Map of column -> types that tests want
 * it in; what nobody declares stays as the file has it. */
export function readRows(file, wanted) {
    const text = readText(file);
    const rows = /\.json$/i.test(file) ? readJson(file, text) : readCsv(file, text);
    if (rows.length === 0)
        throw new UsageError(`${file} has no rows`);
    if (rows.length > ROWS_LIMIT)
        throw new UsageError(`${file} has more than ${ROWS_LIMIT} rows`);
    for (const { where, values } of rows)
        for (const [column, type] of wanted)
            values[column] = convert(where, values, column, type);
    return rows.map(({ values }) => Object.freeze(values));
}

function convert(where, values, column, type) {
    if (!Object.hasOwn(values, column))
        throw new UsageError(`${where}: has no column ${column}; it has ${Object.keys(values).join(', ')}`);
    const value = TYPES[type].read(values[column]);
    if (value === undefined)
        throw new UsageError(`${where}: column ${column}: ${type} expects ${TYPES[type].expected},`
            + ` found ${shown(values[column])}`);
    return value;
}

function shown(cell) {
    const text = typeof cell === 'string' ? JSON.stringify(cell) : inspect(cell, { depth: 0 });
    return text.length > SHOWN_LIMIT ? `${text.slice(0, SHOWN_LIMIT)}...` : text;
}

function readText(file) {
    if (!/\.(csv|json)$/i.test(file))
        throw new UsageError(`--data ${file}: expected a file that ends with .csv or .json`);
    let bytes;
    try {
        if (statSync(file).size > FILE_LIMIT)
            throw new UsageError(`--data ${file}: has more than ${FILE_LIMIT / 2 ** 20} MiB`);
        bytes = readFileSync(file);
        const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); /* takes off a byte order mark */
        if (!text.includes('\0'))
            return text;
    } catch (error) {
        if (error instanceof UsageError || error.code !== 'ERR_ENCODING_INVALID_ENCODED_DATA')
            throw error instanceof UsageError ? error : new UsageError(`--data ${file}: ${error.message}`);
        throw new UsageError(`--data ${file}: is not UTF-8`);
    }
    throw new UsageError(`--data ${file}: has a NUL byte in it`);
}

function readJson(file, text) {
    let parsed;
    try {
        parsed = JSON.parse(text);
    } catch (error) {
        throw new UsageError(`${file}: ${error.message}`);
    }
    if (!Array.isArray(parsed))
        throw new UsageError(`${file}: expected an array of objects, which begins with [`);
    return parsed.map((values, index) => {
        const where = `${file}: row ${index + 1}`;
        if (typeof values !== 'object' || values === null || Array.isArray(values))
            throw new UsageError(`${where}: is not an object`);
        return { where, values };
    });
}

/* As in RFC 4180: what it does not allow is an error, for a file that is read
 * differently from how it was meant makes a run that means nothing. */
function readCsv(file, text) {
    const records = splitCsv(file, text);
    if (records.length === 0)
        throw new UsageError(`${file}: the file is empty`);
    const [{ fields: names, line }, ...rest] = records;
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
        throw new UsageError(`${file}:${line}: header: has the column ${twice} twice`);
    if (names.length * rest.length > VALUES_LIMIT)
        throw new UsageError(`${file}: ${names.length} columns in ${rest.length} rows are too many values`);
    return rest.map((record, index) => {
        const where = `${file}:${record.line}: row ${index + 1}`;
        if (record.fields.length !== names.length)
            throw new UsageError(`${where}: has ${record.fields.length} value${record.fields.length === 1 ? '' : 's'},`
                + ` but the header has ${names.length}`);
        return { where, values: Object.fromEntries(names.map((name, at) => [name, record.fields[at]])) };
    });
}

/* A value in quotes or one without, and what ends it. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/* Returns [{ line, fields }] without empty lines. */
function splitCsv(file, text) {
    const records = [];
    let fields = [], line = 1, begun = 1;
    FIELD.lastIndex = 0;
    while (FIELD.lastIndex < text.length || fields.length > 0) {
        const at = FIELD.lastIndex;
        const [found, quoted, plain, end] = FIELD.exec(text) ?? [];
        if (found === undefined)
            throw new UsageError(`${file}:${begun}: value ${fields.length + 1}: ${whatIsWrong(text, at)}`);
        fields.push(quoted?.replaceAll('""', '"') ?? plain);
        if (fields.length > COLUMNS_LIMIT)
            throw new UsageError(`${file}:${begun}: has more than ${COLUMNS_LIMIT} values`);
        line += found.split('\n').length - 1;
        if (end === ',')
            continue;
        if (fields.length > 1 || quoted !== undefined || plain !== '')
            records.push({ line: begun, fields });
        fields = [];
        begun = line;
    }
    return records;
}

function whatIsWrong(text, at) {
    if (text[at] !== '"')
        return 'has a quote or a carriage return in it: put it in quotes, and write "" for "';
    return /^"[^"]*(?:""[^"]*)*$/.test(text.slice(at)) ? 'its quote is never closed'
        : 'after its closing quote a comma or the end of the line is expected';
}
