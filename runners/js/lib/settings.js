/* SPDX-License-Identifier: Apache-2.0 */
/* What this process shall do: the command line and the environment that the host
 * gives, checked. Every complaint names the option or variable and its value. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { ORDERS } from './deal.js';

export const VERSION = createRequire(import.meta.url)('../package.json').version;

export const USAGE = `\
Usage: loads-js-runner [OPTION...] FILE[:NAME]

Runs the tests of FILE (.js, .mjs or .cjs): exported functions whose names start with
"test", exported classes with such methods, or the suites of a Mocha spec; only NAME
if it is given. Started by Loads it runs them as many users and reports to it; started
by hand it runs each once and prints TAP.

  --server-url URL       what relative addresses begin with
  --ca-file FILE         trust the certificate authorities in this file (PEM) alone
  --insecure             trust any certificate
  --data FILE            rows for the tests, .csv or .json
  --data-order ORDER     sequential, random, shuffled or once
  --data-unique[=USERS]  each user has rows of its own; there must be as many as users
  --seed TEXT            of random numbers and of random and shuffled rows
  --help                 show this help
  --version              show the version
`;

/* Messages in arrays, sequence numbers, runnerEnd and metrics came with it. */
const PROTOCOL = 2;
const NUMBER_LIMIT = 2 ** 31 - 1; /* of loads_status */
const USERS_LIMIT = 1_000_000;    /* of one cycle */

/* A mistake of the user: one line on stderr, exit code 2. */
export class UsageError extends Error {}

export function readSettings(argv, env) {
    const settings = { dataOrder: 'sequential', ...readArguments(argv), ...readEnvironment(env) };
    settings.seed ??= settings.identity?.run_id ?? randomUUID();
    return settings;
}

/* What each option does with its value; `word` is the option as it was typed. */
const VALUED = {
    '--server-url': { needs: 'a URL', take: (settings, value) => { settings.serverUrl = checkUrl(value); } },
    '--ca-file': { needs: 'a file', take: (settings, value) => { settings.caFile = value; } },
    '--data': { needs: 'a file', take: (settings, value) => { settings.data = value; } },
    '--data-order': { needs: ORDERS.join(', '), take: (settings, value) => { settings.dataOrder = checkOrder(value); } },
    '--seed': { needs: 'a text', take: (settings, value) => { settings.seed = value; } },
};
const OTHERS = {
    '--insecure': (settings) => { settings.isInsecure = true; },
    '--data-unique': (settings, value) => { settings.uniqueUsers = value === undefined ? 1 : checkUsers(value); },
    '--help': (settings) => { settings.help = true; },
    '--version': (settings) => { settings.version = true; },
};

function readArguments(argv) {
    const settings = {};
    const rest = [...argv];
    while (rest.length > 0) {
        const word = rest.shift();
        const equals = word.startsWith('-') ? word.indexOf('=') : -1;
        const option = equals < 0 ? word : word.slice(0, equals);
        const value = equals < 0 ? undefined : word.slice(equals + 1);
        if (Object.hasOwn(VALUED, option))
            VALUED[option].take(settings, neededValue(option, value ?? rest.shift()));
        else if (Object.hasOwn(OTHERS, option))
            OTHERS[option](settings, value);
        else if (word.startsWith('-'))
            throw new UsageError(`unknown option ${option}; known: ${Object.keys({ ...VALUED, ...OTHERS }).join(', ')}`);
        else if (settings.target !== undefined)
            throw new UsageError(`one test file at a time: ${settings.target} and ${word} given`);
        else
            settings.target = word;
    }
    if (settings.caFile !== undefined && settings.isInsecure)
        throw new UsageError('--insecure trusts any certificate: --ca-file means nothing beside it');
    if (settings.target === undefined && !settings.help && !settings.version)
        throw new UsageError('no test file given; usage: loads-js-runner [OPTION...] FILE[:NAME]');
    return settings;
}

function neededValue(option, value) {
    if (value === undefined)
        throw new UsageError(`${option} needs ${VALUED[option].needs}`);
    return value;
}

function checkOrder(text) {
    if (!ORDERS.includes(text))
        throw new UsageError(`--data-order ${text}: expected ${ORDERS.join(', ')}`);
    return text;
}

function checkUsers(text) {
    if (!/^[1-9][0-9]{0,6}$/.test(text))
        throw new UsageError(`--data-unique=${text} is not a number of users`);
    return Number(text);
}

function checkUrl(text) {
    try {
        if (/^https?:$/.test(new URL(text).protocol))
            return text;
    } catch {
        /* not a URL at all: the same answer */
    }
    throw new UsageError(`--server-url ${text} is not an http or https URL`);
}

function readEnvironment(env) {
    const receiver = env.LOADS_ZMQ_RECEIVER || undefined;
    if (receiver === undefined) /* by hand: one user, once */
        return { receiver, hits: 1, users: 1, firstUser: 1, processUsers: 1 };
    if (env.LOADS_TOTAL_HITS && env.LOADS_DURATION)
        throw new UsageError('LOADS_TOTAL_HITS and LOADS_DURATION are both set; exactly one is expected');
    if (!(Number(env.LOADS_PROTOCOL) >= PROTOCOL))
        throw new UsageError(`LOADS_PROTOCOL=${env.LOADS_PROTOCOL ?? ''}: this runner needs a host`
            + ` that speaks protocol ${PROTOCOL}`);
    return {
        receiver,
        identity: {
            agent_id: env.LOADS_AGENT_ID || env.LOADS_WORKER_ID || `${hostname()}.${process.pid}`,
            run_id: env.LOADS_RUN_ID || undefined,
            hostname: hostname(),
        },
        users: readNumber(env, 'LOADS_TOTAL_USERS', 1),
        firstUser: readNumber(env, 'LOADS_CURRENT_USER', 1),
        processUsers: readNumber(env, 'LOADS_PROCESS_USERS', 1, USERS_LIMIT),
        hits: env.LOADS_DURATION ? 0 : readNumber(env, 'LOADS_TOTAL_HITS', 1),
        durationMs: env.LOADS_DURATION ? readDuration(env.LOADS_DURATION) : undefined,
    };
}

function readNumber(env, name, fallback, limit = NUMBER_LIMIT) {
    const text = env[name] || String(fallback);
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < 1 || value > limit)
        throw new UsageError(`${name}=${text} is not a whole number from 1 to ${limit}`);
    return value;
}

function readDuration(text) {
    const seconds = Number(text);
    if (!/^[0-9.]+$/.test(text) || !(seconds > 0))
        throw new UsageError(`LOADS_DURATION=${text} is not a number of seconds`);
    return seconds * 1000;
}
