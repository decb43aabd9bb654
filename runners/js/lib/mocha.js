/* SPDX-License-Identifier: Apache-2.0 */
/* Mocha specs, unchanged: Mocha itself loads and runs them, the one that is installed
 * beside the spec or else ours. Each user has the spec loaded for itself, so that what
 * it keeps in variables is not shared, and runs all of it in each iteration. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { continueAs, runAs } from './context.js';
import { COPY_NAME, textOf } from './errors.js';
import { UsageError } from './settings.js';
import { Test } from './tests.js';

/* What Mocha's interfaces define globally. Who reads one of them wants Mocha. */
const GLOBALS = ['describe', 'context', 'suite', 'it', 'specify', 'test', 'before', 'after', 'beforeEach',
    'afterEach', 'setup', 'teardown', 'suiteSetup', 'suiteTeardown', 'xdescribe', 'xcontext', 'xit', 'xspecify'];
const TITLES_SHOWN = 20;

/* What looks like a spec; one that does not may still turn out to be one. */
const SPEC = /['"]mocha['"]|\b(?:describe|context|suite)\s*(?:\.\w+\s*)?\(/;

/* To be called before the file is loaded: Mocha itself is loaded when the file asks for
 * it. take() after that returns the suite, or undefined when the file defined none. */
export async function offerMocha(run, target) {
    let spec;
    const begin = () => {
        GLOBALS.forEach((name) => delete globalThis[name]);
        spec = new Spec(run, target);
        spec.beginLoading();
    };
    for (const name of GLOBALS)
        Object.defineProperty(globalThis, name, {
            configurable: true,
            get() {
                begin();
                return globalThis[name];
            },
            set(value) {
                Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
            },
        });
    if (SPEC.test(readFileSync(target.path, 'utf8'))) {
        begin();
        await spec.loadRequired(); /* the file may need what they define */
    }
    return {
        take() {
            if (spec === undefined)
                GLOBALS.forEach((name) => delete globalThis[name]);
            return spec?.endLoading();
        },
    };
}

class Spec {
    #run;
    #target;
    #Mocha;
    #options;
    #modules; /* of the option "require" */
    #Runner;
    #filter;
    #first; /* the root suite of the first user, until it comes */

    constructor(run, target) {
        const { Mocha, options } = findMocha(target);
        this.#run = run;
        this.#target = target;
        this.#Mocha = Mocha;
        this.#options = options;
        this.#Runner = runnerOf(Mocha);
        this.#filter = target.name === undefined ? undefined
            : new RegExp(`^${escaped(target.name)}( |$)`);
    }

    /* Defines describe() and the others, for one user. */
    beginLoading() {
        const { ui, timeout, slow, retries, bail } = this.#options;
        this.#first = new this.#Mocha({
            timeout, slow, retries, bail, ui: ui === undefined || ui === 'bdd' ? bothInterfaces(this.#Mocha) : ui,
        });
        this.#first.suite.emit('pre-require', globalThis, this.#target.path, this.#first);
    }

    endLoading() {
        this.#first.suite.emit('post-require', globalThis, this.#target.path, this.#first);
        if (this.#first.suite.total() === 0)
            return undefined;
        this.#checkName();
        return this;
    }

    #checkName() {
        const titles = [];
        this.#first.suite.eachTest((test) => titles.push(test.fullTitle()));
        if (this.#filter !== undefined && !titles.some((each) => this.#filter.test(each)))
            throw new UsageError(`${this.#target.file} has no test or suite "${this.#target.name}"; its tests are: `
                + `${titles.slice(0, TITLES_SHOWN).join('; ')}${titles.length > TITLES_SHOWN ? '; ...' : ''}`);
    }

    async loadRequired() {
        this.#modules = [];
        for (const name of [this.#options.require ?? []].flat())
            this.#modules.push(await importRequired(name));
    }

    async open() {
        if (this.#modules === undefined)
            await this.loadRequired();
        await this.#callGlobal('mochaGlobalSetup');
    }

    async close() {
        await this.#callGlobal('mochaGlobalTeardown');
    }

    async #callGlobal(name) {
        for (const module of this.#modules)
            for (const each of [module[name] ?? []].flat())
                await each();
    }

    async join(user) {
        if (this.#first === undefined) {
            this.beginLoading();
            await importAgain(this.#target, user.number);
            this.endLoading();
        }
        const mocha = this.#first;
        this.#first = undefined;
        for (const { mochaHooks } of this.#modules)
            if (mochaHooks !== undefined)
                mocha.rootHooks(typeof mochaHooks === 'function' ? await mochaHooks() : mochaHooks);
        return new Member(this.#run, user, mocha.suite, (suite) => {
            const runner = new this.#Runner(suite, { cleanReferencesAfterRun: false });
            const { grep, fgrep, invert } = this.#options;
            if (this.#filter !== undefined)
                runner.grep(this.#filter, false);
            else if (grep !== undefined || fgrep !== undefined)
                runner.grep(grep === undefined ? new RegExp(escaped(fgrep)) : new RegExp(grep), invert);
            return runner;
        });
    }
}

/* Loads a module once more, with variables of its own. */
async function importAgain({ path }, number) {
    const require = createRequire(path);
    if (require.cache[path] === undefined)
        return import(`${pathToFileURL(path).href}?${COPY_NAME}=${number}`);
    delete require.cache[path];
    return require(path);
}

function escaped(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/* describe() and suite(), it() and test(): their names do not collide. */
function bothInterfaces({ interfaces }) {
    return (suite) => {
        interfaces.bdd(suite);
        interfaces.tdd(suite);
    };
}

function findMocha({ path }) {
    for (const require of [createRequire(path), createRequire(import.meta.url)]) {
        let found;
        try {
            found = require('mocha');
        } catch (error) {
            if (error.code === 'MODULE_NOT_FOUND')
                continue;
            throw error;
        }
        return { Mocha: found.Mocha ?? found.default ?? found, options: readOptions(require) };
    }
    throw new UsageError(`${path} is a Mocha spec: install mocha beside it (npm install mocha)`);
}

/* As its command line does: .mocharc, package.json. */
function readOptions(require) {
    for (const name of ['mocha/lib/cli/options.js', 'mocha/lib/cli/options.cjs'])
        try {
            return require(name).loadOptions([]);
        } catch (error) {
            if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED')
                throw new UsageError(`Mocha's configuration: ${error.message}`);
        }
    return {};
}

async function importRequired(name) {
    const isFile = /^\.{0,2}\//.test(name);
    try {
        const path = isFile ? resolve(name) : createRequire(resolve('package.json')).resolve(name);
        return await import(pathToFileURL(path).href);
    } catch (error) {
        throw new UsageError(`Mocha's option "require": ${name} does not load: ${textOf(error)}`);
    }
}

/* Mocha's runners each listen to the process, and would take the others' strays. */
function runnerOf({ Runner }) {
    return class extends Runner {
        _addEventListener(target, event, listener) {
            if (target !== process)
                super._addEventListener(target, event, listener);
        }
    };
}

class Member {
    user;
    #run;
    #root;
    #createRunner;
    #outside; /* stands for hooks that belong to no test */
    #current; /* the test that runs */
    #isSkipped = false;

    constructor(run, user, root, createRunner) {
        this.#run = run;
        this.user = user;
        this.#root = root;
        this.#createRunner = createRunner;
    }

    /* Mocha has its own. */
    async setUp() {
        return true;
    }

    async tearDown() {}

    async iterate() {
        if (this.#run.reporter.isFull)
            await this.#run.reporter.room();
        this.#root.reset();
        const runner = this.#createRunner(this.#root);
        this.#outside = this.#newTest(runner, '(hooks)');
        this.#follow(runner);
        await new Promise((end) => runAs({ test: this.#outside }, () => runner.run(end)));
        this.#stopCurrent();
        this.#outside.stopQuietly();
        runner.dispose();
    }

    #newTest(runner, name) {
        const test = new Test(this.#run, this.user, name);
        test.takeStray = (error, isException) => {
            if (isException || runner.currentRunnable?.async)
                runner.uncaught(error);
            else
                test.fail(error); /* its promise ends it */
        };
        return test;
    }

    /* What runs after one of these events, hooks and tests, belongs to that test. */
    #follow(runner) {
        runner.on('test', (each) => {
            this.#stopCurrent();
            this.#current = this.#newTest(runner, each.fullTitle());
            this.#current.start();
            continueAs({ test: this.#current });
        });
        runner.on('pending', (each) => {
            if (this.#current === undefined)
                this.#run.reporter.skipped?.({ test: each.fullTitle() });
            else
                this.#isSkipped = true;
        });
        runner.on('retry', () => { this.#isSkipped = true; this.#stopCurrent(); });
        runner.on('fail', (each, error) => this.#fail(each, error));
        runner.on('test end', () => this.#stopCurrent());
        runner.on('suite end', () => this.#stopCurrent());
    }

    #fail(runnable, error) {
        if (this.#current !== undefined)
            return this.#current.fail(error);
        const hook = new Test(this.#run, this.user, runnable.fullTitle());
        hook.fail(error);
        return hook.stopQuietly();
    }

    /* After a failed hook Mocha does not say that its test ends. */
    #stopCurrent() {
        if (this.#current === undefined)
            return;
        this.#current.stop(!this.#isSkipped);
        this.#current = undefined;
        this.#isSkipped = false;
        continueAs({ test: this.#outside });
    }
}
