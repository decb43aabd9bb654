/* SPDX-License-Identifier: Apache-2.0 */
/* From FILE[:NAME] to the tests in it. Whatever is wrong with the file is known
 * here, before the first user starts. */
import { spawnSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeError } from './errors.js';
import { createFunctionSuite, listed } from './functions.js';
import { offerMocha } from './mocha.js';
import { UsageError } from './settings.js';

/* Returns the suite of the tests: { tests, open, join, close }. */
export async function loadSuite(run) {
    const target = splitTarget(run.settings.target);
    const mocha = await offerMocha(run, target);
    const exported = await importExports(target);
    const specs = mocha.take();
    if (specs !== undefined)
        return specs;
    const functions = createFunctionSuite(run, exported, target);
    if (functions === undefined)
        throw new UsageError(`${target.file} has no test: no exported function's name starts with "test";`
            + ` no class has such a method; no suite of Mocha; ${listed(exported)}`);
    return functions;
}

/* As the host does it: the longest leading part that is a file wins, for both a file's
 * name and a test's may have colons. */
function splitTarget(target) {
    const isThere = (length) => statSync(target.slice(0, length), { throwIfNoEntry: false }) !== undefined;
    let length = target.length;
    while (length > 0 && !isThere(length))
        length = target.lastIndexOf(':', length - 1);
    if (length <= 0) /* none: what looks most like one */
        length = /^.*\.[cm]?js(?=:|$)/s.exec(target)?.[0].length ?? target.length;
    const file = target.slice(0, length);
    if (!/\.[cm]?js$/.test(file))
        throw new UsageError(`${target} is not a JavaScript file (.js, .mjs or .cjs)`);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined)
        throw new UsageError(`cannot read ${file}: no such file`);
    if (!found.isFile())
        throw new UsageError(`cannot read ${file}: not a file`);
    return { file, path: realpathSync(file), name: length === target.length ? undefined : target.slice(length + 1) };
}

/* What a module exports, by name. What a CommonJS module assigns to module.exports is
 * there as the default export, not always by name; a single function has its own. */
async function importExports({ file, path }) {
    let module;
    try {
        module = await import(pathToFileURL(path).href);
    } catch (error) {
        const [message, name, traceback] = describeError(error);
        throw new UsageError(`${file} does not load: ${name}: ${message}\n`
            + (syntaxErrorIn(path, error) ?? traceback));
    }
    const { default: whole, ...named } = module;
    if (typeof whole === 'function')
        return new Map(Object.entries({ [nameOf(whole)]: whole, ...named }));
    return new Map(Object.entries({ ...(typeof whole === 'object' ? whole : {}), ...named }));
}

function nameOf(value) {
    return value.name === '' || value.name === 'default' ? 'test_default' : value.name;
}

/* Node shows the line of a syntax error only when it checks the file itself. It may
 * also be in a file that this one imports. */
function syntaxErrorIn(file, error) {
    if (!(error instanceof SyntaxError))
        return undefined;
    const check = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
    return check.status === 0 ? undefined : check.stderr.trimEnd();
}
