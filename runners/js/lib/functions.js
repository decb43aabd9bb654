/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that a module exports: functions whose names start with "test", and classes
 * with such methods. A user has one object of each class, for as long as it runs. */
import { runOriginal, takesOriginalCallback } from './original.js';
import { checkParameters } from './rows.js';
import { UsageError } from './settings.js';
import { DEFAULT_LIMIT_MS, runBody, Test } from './tests.js';
import { TestContext } from './test_context.js';

const LONGEST_LIMIT_MS = 2 ** 31 - 1; /* of Node's timers */

/* `exported`: Map of name -> value. Returns undefined when nothing in it is a test. */
export function createFunctionSuite(run, exported, { file, name }) {
    const groups = [groupOfModule(exported), ...classesOf(exported).map(groupOfClass)];
    const found = groups.flatMap((group) => group.tests.map((test) => ({ ...test, group })));
    const tests = name === undefined ? found : chosen(exported, groups, found, name);
    if (tests.length === 0 && name === undefined)
        return undefined;
    if (tests.length === 0)
        throw new UsageError(`${file} does not export a function ${name}; ${listed(exported, found)}`);
    for (const test of tests)
        if (test.body.parameters !== undefined)
            checkParameters(test.name, test.body.parameters);
    return new FunctionSuite(run, tests, exported);
}

export function listed(exported, tests = []) {
    const names = new Set([...exported].filter(([, value]) => typeof value === 'function').map(([key]) => key));
    tests.forEach((test) => names.add(test.name));
    return names.size === 0 ? 'it exports no function' : `it exports ${[...names].sort().join(', ')}`;
}

/* A class is known by its methods, so that one compiled to a function is one too. */
function classesOf(exported) {
    return [...exported].filter(([, value]) => isTestClass(value)).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isTestClass(value) {
    return typeof value === 'function' && value.prototype !== undefined && testMethods(value).length > 0;
}

function isClass(value) {
    return /^class\b/.test(String(value)) || isTestClass(value);
}

/* Of the class and of those that it extends. */
function testMethods(type) {
    const names = new Set();
    for (let each = type.prototype; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each))
        Object.getOwnPropertyNames(each)
            .filter((name) => name.startsWith('test') && typeof each[name] === 'function')
            .forEach((name) => names.add(name));
    return [...names].sort();
}

function groupOfModule(exported) {
    const functions = [...exported].filter(([, value]) => typeof value === 'function' && !isClass(value));
    const named = (pattern) => functions.filter(([key]) => pattern.test(key));
    /* The original's runner took every name with "test" in it. */
    const tests = named(/^test/).length > 0 ? named(/^test/) : named(/test/i);
    return {
        create: () => Object.fromEntries(exported),
        tests: tests.sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, body]) => ({ name: key, body, limit_ms: limitOf(key, body, exported.get('timeout')) })),
    };
}

function groupOfClass([key, type]) {
    return {
        type: key,
        create: () => new type(),
        tests: testMethods(type).map((method) => ({
            name: `${key}.${method}`,
            body: type.prototype[method],
            limit_ms: limitOf(key, type.prototype[method], type.timeout),
        })),
    };
}

function limitOf(name, body, fallback) {
    const limit = body.timeout ?? fallback ?? DEFAULT_LIMIT_MS;
    if (typeof limit !== 'number' || !(limit > 0) || limit > LONGEST_LIMIT_MS)
        throw new UsageError(`timeout of ${name}: ${String(limit)} is not a number of milliseconds`);
    return limit;
}

/* `name` is a function, a class, or a method of one. */
function chosen(exported, groups, found, name) {
    const named = found.filter((test) => test.name === name || test.group.type === name);
    const other = exported.get(name);
    if (named.length > 0 || typeof other !== 'function' || isClass(other))
        return named;
    return [{ name, body: other, limit_ms: limitOf(name, other, exported.get('timeout')), group: groups[0] }];
}

class FunctionSuite {
    tests;
    #run;
    #exported;

    constructor(run, tests, exported) {
        this.#run = run;
        this.tests = tests;
        this.#exported = exported;
    }

    async open() {
        await this.#exported.get('setUpProcess')?.();
    }

    async close() {
        await this.#exported.get('tearDownProcess')?.();
    }

    join(user) {
        return new Member(this.#run, user, this.tests);
    }
}

/* A user and its objects: of the module, which has the exported functions as its
 * methods, and of each class. */
class Member {
    user;
    #run;
    #tests;
    #objects;

    constructor(run, user, tests) {
        this.#run = run;
        this.user = user;
        this.#tests = tests;
        this.#objects = new Map([...new Set(tests.map((test) => test.group))].map((group) => [group, undefined]));
    }

    async setUp() {
        for (const group of this.#objects.keys())
            if (!await this.#fixture(group, 'setUpUser', (t) => {
                this.#objects.set(group, group.create());
                return this.#objects.get(group).setUpUser?.(t);
            }))
                return false;
        return true;
    }

    async tearDown() {
        for (const [group, object] of this.#objects)
            if (object?.tearDownUser !== undefined)
                await this.#fixture(group, 'tearDownUser', (t) => object.tearDownUser(t));
    }

    async #fixture(group, name, body) {
        const test = new Test(this.#run, this.user, group.type === undefined ? name : `${group.type}.${name}`);
        await runBody(test, DEFAULT_LIMIT_MS, () => body(new TestContext(test)));
        return test.stopQuietly();
    }

    async iterate() {
        for (const { name, body, limit_ms, group } of this.#tests) {
            if (this.#run.reporter.isFull)
                await this.#run.reporter.room();
            const test = new Test(this.#run, this.user, name);
            test.start();
            await runBody(test, limit_ms, () => callTest(test, this.#objects.get(group), body));
            test.stop();
        }
    }
}

/* With what is to run before and after each test, if the class or module has it. */
async function callTest(test, object, body) {
    const t = new TestContext(test);
    if (object.setUp === undefined && object.tearDown === undefined)
        return call(test, object, body, t);
    try {
        await object.setUp?.(t);
        await call(test, object, body, t);
    } catch (error) {
        test.fail(error); /* before what tear-down may throw */
    }
    return object.tearDown?.(t);
}

function call(test, object, body, t) {
    if (body.length >= 2)
        return callWithCallback(test, (done) => body.call(object, t, done));
    if (takesOriginalCallback(body))
        return callWithCallback(test, (done) => runOriginal(test, object, body, done));
    return body.call(object, t);
}

/* Resolves when `done` is called without an error. A promise that the test returns
 * beside it may end it by an error only. */
function callWithCallback(test, start) {
    test.endsByCallback = true;
    return new Promise((resolve, reject) => {
        const returned = start((error) => (error ? reject(error) : resolve()));
        if (typeof returned?.then === 'function')
            returned.then(undefined, reject);
    });
}
