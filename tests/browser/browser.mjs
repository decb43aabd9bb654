/* SPDX-License-Identifier: Apache-2.0 */
/* A browser, and reports to look at in it: recordings that `loads report` makes
 * pages and documents of. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = process.env.top_builddir ?? '.';
const installed = join(built, 'tests/helpers/npm/node_modules/playwright-core');

/* Why there is no browser, or false. */
export const missing = !existsSync('/usr/bin/chromium') ? 'there is no /usr/bin/chromium'
    : !existsSync(installed) ? 'npm did not install playwright-core' : false;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

/* A browser with a new profile, and a folder; both go when the tests end. */
export async function openBrowser() {
    const folder = mkdtempSync(join(tmpdir(), 'loads-browser-'));
    const { chromium } = createRequire(join(process.cwd(), 'x'))(installed);
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });

    return {
        folder,
        /* Makes the page and the document of a recording. */
        async report(recording, name, ending) {
            const file = join(folder, `${name}.jsonl`);
            await recording.write(file, ending);
            execFileSync(join(built, 'loads'), ['report', file, '--output', 'html', '--output-html-filename',
                join(folder, `${name}.html`), '--output', 'json', '--output-json-filename', join(folder, `${name}.json`)],
            { env: { ...process.env, XDG_RUNTIME_DIR: folder }, stdio: 'pipe' });
            return { path: join(folder, `${name}.html`), document: JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) };
        },
        /* Opens a page. What it asks for, forbids and complains of is in `seen`. */
        async show(path, { width = 1280, ...more } = {}) {
            const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce', ...more });
            const page = await context.newPage();
            const seen = { requests: [], complaints: [] };
            page.on('request', (request) => seen.requests.push(request.url()));
            page.on('console', (message) => seen.complaints.push(message.text()));
            page.on('pageerror', (error) => seen.complaints.push(error.stack));
            page.on('dialog', (dialog) => {
                seen.complaints.push(`dialog: ${dialog.message()}`);
                dialog.dismiss();
            });
            await page.addInitScript(() => {
                window.violations = [];
                addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
            });
            await page.goto(pathToFileURL(path).href);
            return { page, seen, close: () => context.close() };
        },
        async close() {
            await browser.close();
            rmSync(folder, { recursive: true });
        },
    };
}

/* The texts of a table's rows, found by the beginning of its caption. */
export function readTable(page, caption) {
    return page.evaluate((start) => {
        const table = [...document.querySelectorAll('table')].find(({ caption: found }) => found?.textContent.startsWith(start));
        return table === undefined ? null : [...table.tBodies[0].rows].filter((row) => !row.classList.contains('spacer'))
            .map((row) => [...row.cells].map((cell) => cell.textContent));
    }, caption);
}

/* The number that a text begins with. */
export function numberOf(text) {
    return Number.parseFloat(text.replaceAll(',', ''));
}
