/* SPDX-License-Identifier: Apache-2.0 */
/* What `npm publish` would send: the library and its types, and nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { library, source, temporaryFolder } from './helpers.js';

const files = (folder) => readdirSync(join(source, folder), { withFileTypes: true }).flatMap((each) =>
    (each.isDirectory() ? files(join(folder, each.name)) : join(folder, each.name)));

test('npm packs what is needed', (t) => {
    const { stdout, stderr, status } = spawnSync('npm',
        ['pack', source, '--dry-run', '--json', '--ignore-scripts', '--offline'],
        { cwd: temporaryFolder(t), encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const [packed] = JSON.parse(stdout);
    assert.deepEqual(packed.files.map((each) => each.path).sort(),
        ['README.md', 'index.d.ts', 'package.json', ...files('bin'), ...files('examples'), ...files('lib')].sort());
    assert.equal(packed.files.find((each) => each.path === 'bin/loads-js-runner').mode & 0o111, 0o111);
});

test('what the library imports is what the package depends on', () => {
    const { dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    const text = files('lib').map((each) => readFileSync(join(source, each), 'utf8')).join('\n');
    const imported = [...text.matchAll(/(?:from|import|require)[ (]'([a-z][^':/]*)(?:\/[^']*)?'/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(imported)].sort(), Object.keys(dependencies).sort());
});

test('the types are those of the context that tests get', async () => {
    const declared = readFileSync(join(source, 'index.d.ts'), 'utf8')
        .match(/interface TestContext \{(.*?)\n\}/s)[1].match(/^ {4}(?:readonly )?(\w+)(?=[:(<])/gm)
        .map((each) => each.trim().replace('readonly ', ''));
    const { TestContext } = await import(join(library, 'lib/test_context.js'));
    assert.deepEqual(declared.sort(),
        Object.getOwnPropertyNames(TestContext.prototype).filter((name) => name !== 'constructor').sort());
});
