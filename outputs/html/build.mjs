/* SPDX-License-Identifier: Apache-2.0 */
/* Makes page.c: the page with its style and scripts in it, cut at its slots.
 *   node build.mjs FOLDER-OF-UPLOT >page.c
 * The page's content security policy names what may run and what may style by
 * its hash; all else, and every request, is forbidden. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const uplot = process.argv[2];

/* In this order; they share one scope. */
const SCRIPTS = ['format.js', 'dom.js', 'data.js', 'theme.js', 'table.js', 'chart.js', 'distribution.js',
    'overview.js', 'sections.js', 'run.js', 'main.js'];
const STYLES = ['style.css', 'print.css'];

function read(folder, name) {
    return readFileSync(join(folder, name), 'utf8').trim();
}

const licence = `/* uPlot\n\n${read(uplot, 'LICENSE')}\n*/`;
const blocks = {
    style: [licence, read(uplot, 'dist/uPlot.min.css'), ...STYLES.map((name) => read(here, name))].join('\n'),
    uplot: [licence, read(uplot, 'dist/uPlot.iife.min.js')].join('\n'),
    script: ["(() => {\n'use strict';", ...SCRIPTS.map((name) => read(here, name)), '})();'].join('\n'),
};

function hashOf(text) {
    return `'sha256-${createHash('sha256').update(`\n${text}\n`).digest('base64')}'`;
}

const policy = [
    "default-src 'none'",
    `script-src ${hashOf(blocks.uplot)} ${hashOf(blocks.script)}`,
    `style-src ${hashOf(blocks.style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
].join('; ');

for (const [name, text] of Object.entries(blocks)) {
    /* Either would end the element, or change what its end is. */
    if (/<\/(script|style)|<!--|[\r\0]/i.test(text))
        throw new Error(`the ${name} of the page holds what HTML would not take for text`);
}

const fixed = { policy, ...blocks };
const slots = { title: 'HTML_TITLE', verdict: 'HTML_VERDICT', data: 'HTML_DATA' };
const page = read(here, 'page.html').replace(/\{\{(policy|style|uplot|script)\}\}/g, (_, name) => fixed[name]);

/* Octal escapes are three digits at most: what follows cannot become part of one. */
function literal(text) {
    const bytes = Buffer.from(text, 'utf8');
    let out = '"';
    for (const byte of bytes) {
        if (byte === 0x22 || byte === 0x5c || byte === 0x3f || byte < 0x20 || byte > 0x7e)
            out += `\\${byte.toString(8).padStart(3, '0')}`;
        else
            out += String.fromCharCode(byte);
    }
    return `${out}"`;
}

function literals(text) {
    const lines = text.match(/[^\n]{0,1000}\n?/g).filter((line) => line !== '');
    return lines.map((line) => `      ${literal(line)}`).join('\n');
}

const pieces = page.split(/\{\{(\w+)\}\}/);
const rows = [];
for (let i = 0; i < pieces.length; i += 2) {
    const text = i + 1 < pieces.length ? pieces[i] : `${pieces[i]}\n`;
    const slot = i + 1 < pieces.length ? slots[pieces[i + 1]] : 'HTML_END';
    if (slot === undefined)
        throw new Error(`page.html has a slot "${pieces[i + 1]}" that nothing fills`);
    rows.push(`    { .slot = ${slot}, .length = ${Buffer.byteLength(text)}, .text =\n${literals(text)} },`);
}
process.stdout.write(`/* Made by build.mjs. */\n#include "html/page.h"\n\nconst struct html_piece html_page[] = {\n${
    rows.join('\n')}\n};\n`);
