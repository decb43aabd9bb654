/* SPDX-License-Identifier: Apache-2.0 */
/* From FILE[:NAME] to test functions. Whatever is wrong with the file is known
 * here, before the first user starts. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from './errors.js';
import { UsageError } from './settings.js';

/* Returns [{ name, run }], by name, at least one. */
export async function loadTests({ target }) {
    const { file, name } = splitTarget(target);
    const exported = await importExports(file);
    const names = [...exported.keys()].sort();
    if (name !== undefined) {
        if (!exported.has(name))
            throw new UsageError(`${file} does not export a function ${name}; ${list(names)}`);
        return [{ name, run: exported.get(name) }];
    }
    const tests = names.filter((each) => each.startsWith('test'));
    if (tests.length === 0)
        throw new UsageError(`${file} has no test: no exported function's name starts with "test"; ${list(names)}`);
    return tests.map((each) => ({ name: each, run: exported.get(each) }));
}

function list(names) {
    return names.length === 0 ? 'it exports no function' : `it exports ${names.join(', ')}`;
}

function splitTarget(target) {
    const [, file, name] = /^(.*\.[cm]?js)(?::([^/:]+))?$/s.exec(target) ?? [];
    if (file === undefined)
        throw new UsageError(`${target} is not a JavaScript file (.js, .mjs or .cjs)`);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined)
        throw new UsageError(`cannot read ${file}: no such file`);
    if (!found.isFile())
        throw new UsageError(`cannot read ${file}: not a file`);
    return { file, name };
}

/* The functions of a module by name. What a CommonJS module assigns to
 * module.exports is there as the default export, not always by name. */
async function importExports(file) {
    let module;
    try {
        module = await import(pathToFileURL(resolve(file)).href);
    } catch (error) {
        const [message, name, traceback] = describeError(error);
        throw new UsageError(`${file} does not load: ${name}: ${message}\n`
            + (syntaxErrorIn(file, error) ?? traceback));
    }
    const commonJs = typeof module.default === 'object' ? module.default : {};
    return new Map(Object.entries({ ...commonJs, ...module })
        .filter(([, value]) => typeof value === 'function'));
}

/* Node shows the line of a syntax error only when it checks the file itself. It may
 * also be in a file that this one imports. */
function syntaxErrorIn(file, error) {
    if (!(error instanceof SyntaxError))
        return undefined;
    const check = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
    return check.status === 0 ? undefined : check.stderr.trimEnd();
}
