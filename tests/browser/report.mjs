/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the html output in Chromium: it shows the document's figures, is
 * worked with mouse and keyboard, and asks nobody for anything. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { missing, numberOf, openBrowser, readTable } from './browser.mjs';
import { Recording, randomOf, shopRecording } from './recording.mjs';

const FAILED = { verdict: { status: 'fail', exit_code: 1, reasons: ['53 tests failed', 'and <b>more</b>'] } };

function manyNames(count) {
    const recording = new Recording();
    const random = randomOf(3);
    for (let i = 0; i < count; i++) {
        recording.hit(60 * random(), { status: i % 50 === 0 ? 404 : 200, elapsed: 0.001 + random() ** 8,
            url: `https://shop.example/${['spring', 'summer'][i % 2]}/article-${String(i).padStart(5, '0')}` });
    }
    return recording;
}

function socketsOnly() {
    const recording = new Recording({ label: null });
    for (let i = 0; i < 20; i++) {
        recording.add(i, 'socket_open', {});
        recording.add(i, 'socket_message', { size: 400 });
        recording.add(i, 'socket_close', {});
    }
    return recording;
}

function allFailed() {
    const recording = new Recording();
    for (let i = 0; i < 50; i++) {
        recording.hit(i / 10, { status: 0, error: 'connect ECONNREFUSED 127.0.0.1:80' });
        recording.test(i / 10, 'test_home', 'Error', ['fetch failed', 'TypeError', 'TypeError: fetch failed\n    at x.js:1:2']);
    }
    return recording;
}

function oneHit() {
    const recording = new Recording();
    recording.hit(0.1);
    return recording;
}

/* Shown times have three digits. */
function assertMs(shown, us, what) {
    if (us === 0)
        assert.equal(shown, '–', what);
    else
        assert.ok(Math.abs(numberOf(shown) - us / 1000) <= us / 1000 * 0.0051, `${what}: ${shown} ms for ${us} us`);
}

const english = (value) => value.toLocaleString('en-US');

describe('the html report', { skip: missing }, () => {
    let browser, shop, names;

    before(async () => {
        browser = await openBrowser();
        shop = await browser.report(shopRecording(), 'shop', FAILED);
        names = await browser.report(manyNames(10000), 'names');
    });
    after(() => browser?.close());

    describe('figures', () => {
        let view;

        before(async () => {
            view = await browser.show(shop.path);
        });
        after(() => view.close());

        it('come after the verdict and its reasons', async () => {
            const text = await view.page.innerText('header');
            assert.match(text, /^Failed/);
            assert.ok(text.includes('53 tests failed\nand <b>more</b>'), text);
            assert.match(text, /2026-03-04 05:06:07 UTC · 30 s · 40 users · 2 targets · exit code 1/);
            assert.equal(await view.page.title(), 'shop: nightly 2026-03-04');
        });

        it('on the cards are the totals', async () => {
            const { totals } = shop.document;
            const cards = await view.page.$$eval('.card', (all) => Object.fromEntries(all.map((card) => [card.children[0].textContent,
                [card.children[1].textContent, card.children[2].textContent]])));
            const bad = shop.document.names.reduce((all, { statuses }) => all + (statuses[0] ?? 0) + (statuses[503] ?? 0), 0);
            assert.ok(bad > 0);
            assert.equal(cards.Requests[0], english(totals.hits));
            assert.equal(cards['Failed requests'][0], english(bad));
            assert.ok(cards['Failed requests'][1].endsWith(`${totals.hit_errors} without response`));
            assert.equal(numberOf(cards['Requests per second'][0]), Number(totals.requests_per_s.toPrecision(3)));
            assertMs(cards['Median response'][0], totals.latency.p50_us, 'p50');
            assertMs(cards['95th percentile'][0], totals.latency.p95_us, 'p95');
            const ended = english(totals.success + totals.failures + totals.errors);
            assert.deepEqual(cards['Failed tests'], [english(totals.failures), `of ${ended}: ${totals.failures} failures, 0 errors`]);
        });

        it('of each name are the document\'s', async () => {
            const rows = await readTable(view.page, 'Requests by name');
            const expected = [...shop.document.names].sort((a, b) => b.hits - a.hits);
            assert.equal(rows.length, expected.length);
            for (const [i, row] of expected.entries()) {
                const [method, name, hits, success, mean, p50, p90, p95, p99, max, statuses] = rows[i];
                assert.equal(`http://shop.example${name}`, row.name);
                assert.equal(method, row.method);
                assert.equal(hits, english(row.hits));
                assert.ok(Math.abs(numberOf(success) - row.success_rate * 100) <= 0.051, `${success} for ${row.success_rate}`);
                for (const [key, shown] of Object.entries({ mean, p50, p90, p95, p99, max }))
                    assertMs(shown, row.latency[`${key}_us`], `${key} of ${row.name}`);
                assert.equal(statuses, Object.entries(row.statuses).map(([status, count]) => `${status === '0' ? 'no response' : status}: ${
                    english(count)}`).join(', '));
            }
        });

        it('of status codes, tests, errors, counters and metrics are the document\'s', async () => {
            const { document } = shop;
            const sums = {};
            for (const { statuses } of document.names)
                for (const [status, count] of Object.entries(statuses))
                    sums[status] = (sums[status] ?? 0) + count;
            assert.deepEqual((await readTable(view.page, 'Answers')).map(([status, , count]) => [status, count]),
                Object.entries(sums).map(([status, count]) => [status === '0' ? 'no response' : status, english(count)]));
            const tests = await readTable(view.page, 'Tests');
            assert.deepEqual(tests.map((row) => row.slice(0, 5)),
                document.tests.map((row) => [row.name, row.runner, ...[row.success, row.failures, row.errors].map(english)]));
            document.tests.forEach(({ name, latency }, i) => assertMs(tests[i][7], latency.p95_us, `p95 of ${name}`));
            for (const [caption, rows] of [['By runner', document.runners], ['By target', document.targets]]) {
                assert.deepEqual((await readTable(view.page, caption)).map((row) => [row[0], ...row.slice(-6)]),
                    rows.map((row) => [row.name, ...['hits', 'hit_errors', 'tests', 'success', 'failures', 'errors'].map((key) => english(row[key]))]));
            }
            assert.deepEqual(await view.page.$$eval('.error-count', (all) => all.map((one) => one.textContent)),
                document.errors.map(({ count }) => `${english(count)} ×`));
            assert.deepEqual(await readTable(view.page, 'Counters'), [['carts', english(document.counters.carts)]]);
            const trend = document.metrics['basket value'].trend;
            const [[name, count, mean]] = await readTable(view.page, 'Metrics: trends');
            assert.deepEqual([name, count, numberOf(mean)], ['basket value', '30', Number(trend.mean.toPrecision(6))]);
            assert.equal((await readTable(view.page, 'Metrics: rates'))[0][2], String(document.metrics['cache hit'].rate.nonzero));
            assert.equal((await readTable(view.page, 'Metrics: gauges'))[0][2], String(document.metrics.queue.gauge.last));
        });

        it('of the plan, the run and its messages are the document\'s', async () => {
            assert.deepEqual(await readTable(view.page, 'What was to run'), [
                ['shop.mjs', 'js', '5, then 10, then 20 users, 10 s each'], ['shop.c', 'c', '5, then 10, then 20 users, 10 s each']]);
            const terms = await view.page.$$eval('dl div', (all) => Object.fromEntries(all.map((one) => [one.children[0].textContent,
                one.children[1].textContent])));
            assert.equal(terms['Run id'], shop.document.run_id);
            assert.equal(terms.Label, 'nightly 2026-03-04');
            assert.equal(terms['Made by'], `Loads ${shop.document.version}`);
            assert.equal(terms.Received, english(shop.document.messages.received));
            assert.equal(terms.Lost, '0');
        });

        it('of a traceback open with their error', async () => {
            const first = view.page.locator('details.error').first();
            await first.locator('summary').press('Enter');
            assert.ok((await first.innerText()).includes('    at test_cart (file:///srv/shop.mjs:15:12)'));
        });

        it('of each second are in a table', async () => {
            await view.page.getByText('All values as a table').press('Enter');
            await view.page.locator('caption', { hasText: 'What happened in each second' }).waitFor();
            const rows = await readTable(view.page, 'What happened in each second');
            assert.equal(rows.length, shop.document.timeline.length);
            for (const [i, { users, hits, errors, latency }] of shop.document.timeline.entries()) {
                assert.deepEqual(rows[i].slice(1, 4), [users, hits, errors].map(english));
                assertMs(rows[i][7], latency.p95_us, `p95 of second ${i}`);
            }
        });
    });

    describe('charts', () => {
        let view;
        const chart = (title) => view.page.locator('figure', { hasText: title });

        before(async () => {
            view = await browser.show(shop.path);
        });
        after(() => view.close());

        it('are drawn, and told in words', async () => {
            for (const title of ['Requests per second', 'Response time', 'Users', 'Errors per second', 'Requests by response time']) {
                const inked = await chart(title).first().locator('canvas').evaluate((canvas) => canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height).data.filter((value, i) => i % 4 === 3 && value > 0).length);
                assert.ok(inked > 500, `${title}: ${inked} pixels`);
            }
            const most = Math.max(...shop.document.timeline.map(({ hits }) => hits));
            const words = await chart('Requests per second').locator('.chart').getAttribute('aria-label');
            assert.ok(words.includes(`highest ${most} at `), words);
        });

        it('share a cursor that keys move', async () => {
            await chart('Requests per second').locator('.chart').focus();
            for (let i = 0; i < 3; i++)
                await view.page.keyboard.press('ArrowRight');
            const slot = shop.document.timeline[2];
            assert.equal(await chart('Requests per second').locator('.legend-value').innerText(), String(slot.hits));
            assert.equal(await chart('Users').locator('.legend-value').innerText(), String(slot.users));
            assert.equal(await view.page.locator('#time p[role=status]').innerText(), `0:02, 05:06:09 UTC: requests/s ${slot.hits}`);
            await view.page.keyboard.press('End');
            assert.equal(await chart('Users').locator('.legend-value').innerText(), String(shop.document.timeline.at(-1).users));
        });

        it('tell the values under the mouse', async () => {
            const box = await chart('Users').locator('.u-over').boundingBox();
            await view.page.mouse.move(box.x + 1, box.y + 20);
            assert.equal(await chart('Requests per second').locator('.legend-value').innerText(), String(shop.document.timeline[0].hits));
            assert.match(await chart('Users').locator('.chart-at').innerText(), /^0:00, 05:06:07 UTC$/);
        });

        it('are zoomed together, by mouse and by keys', async () => {
            const reset = view.page.getByRole('button', { name: 'Show the whole run' });
            const lastShown = async () => {
                await chart('Users').locator('.u-over').hover({ position: { x: 400, y: 20 } });
                return (await chart('Users').locator('.chart-at').innerText()).split(',')[0];
            };
            const whole = await lastShown();
            const box = await chart('Requests per second').locator('.u-over').boundingBox();
            assert.equal(await reset.isVisible(), false);
            await view.page.mouse.move(box.x + 50, box.y + 20);
            await view.page.mouse.down();
            await view.page.mouse.move(box.x + 200, box.y + 25, { steps: 3 });
            await view.page.mouse.up();
            assert.equal(await reset.isVisible(), true);
            assert.notEqual(await lastShown(), whole);
            await reset.click();
            assert.equal(await reset.isVisible(), false);
            assert.equal(await lastShown(), whole);
            await chart('Users').locator('.chart').press('+');
            assert.notEqual(await lastShown(), whole);
            await chart('Users').locator('.chart').press('Escape');
            assert.equal(await lastShown(), whole);
        });

        it('hide lines and have a logarithmic axis', async () => {
            const box = chart('Response time').first();
            const before = await box.locator('canvas').screenshot();
            await box.getByRole('button', { name: 'p99' }).press('Space');
            assert.equal(await box.getByRole('button', { name: 'p99' }).getAttribute('aria-pressed'), 'false');
            const hidden = await box.locator('canvas').screenshot();
            assert.notDeepEqual(hidden, before);
            await box.getByRole('button', { name: 'Logarithmic' }).click();
            assert.notDeepEqual(await box.locator('canvas').screenshot(), hidden);
        });

        it('of the distribution count every response', async () => {
            const bars = view.page.locator('#distribution .chart');
            await bars.press('Home');
            const told = await bars.evaluate((chart) => {
                const status = document.querySelector('#distribution [role=status]');
                const texts = [];
                while (texts.at(-1) !== status.textContent) {
                    texts.push(status.textContent);
                    chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
                }
                return texts;
            });
            assert.match(told[0], /^2\.\d+ ms to /);
            assert.equal(told.reduce((sum, text) => sum + numberOf(/: ([\d,]+) requests?/.exec(text)[1]), 0),
                shop.document.totals.latency.count);
        });
    });

    describe('a table of 10 000 names', () => {
        let view;
        const column = async (i) => (await readTable(view.page, 'Requests by name')).map((row) => numberOf(row[i]));
        const head = (label) => view.page.locator('#names thead').getByRole('button', { name: label, exact: true });

        before(async () => {
            view = await browser.show(names.path);
        });
        after(() => view.close());

        it('has the rows in sight only, and tells how many there are', async () => {
            assert.ok((await readTable(view.page, 'Requests by name')).length < 200);
            assert.equal(await view.page.locator('#names table').getAttribute('aria-rowcount'), '10001');
            assert.equal(await view.page.locator('#names [role=status]').innerText(), '10,000 names');
        });

        it('is sorted by mouse and by keys, both ways, soon', async () => {
            const began = Date.now();
            await head('Max').click();
            const longest = names.document.names.map(({ latency }) => latency.max_us).sort((a, b) => b - a);
            const down = await column(9);
            down.forEach((ms, i) => assertMs(String(ms), longest[i], `row ${i}`));
            assert.equal(await view.page.locator('#names th', { hasText: 'Max' }).getAttribute('aria-sort'), 'descending');
            await head('Max').press('Enter');
            assertMs(String((await column(9))[0]), longest.at(-1), 'first row upwards');
            assert.equal(await view.page.locator('#names th', { hasText: 'Max' }).getAttribute('aria-sort'), 'ascending');
            await head('Name').press('Space');
            const rows = await readTable(view.page, 'Requests by name');
            assert.deepEqual(rows.slice(0, 2).map(([, name]) => name), ['/spring/article-00000', '/spring/article-00002']);
            assert.equal(await view.page.locator('#names th[aria-sort]').count(), 1);
            assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
        });

        it('is scrolled to its last row', async () => {
            await view.page.locator('#names .table-box').evaluate((box) => {
                box.scrollTop = box.scrollHeight;
            });
            await view.page.waitForFunction(() => document.querySelector('#names tr[aria-rowindex="10001"]') !== null);
            const rows = await readTable(view.page, 'Requests by name');
            assert.equal(rows.at(-1)[1], '/summer/article-09999');
            assert.ok(rows.length < 200);
        });

        it('is filtered by words, and whole again with Escape', async () => {
            const filter = view.page.getByLabel('Filter');
            await filter.fill('article-0123 SPRING');
            const rows = await readTable(view.page, 'Requests by name');
            assert.deepEqual(rows.map(([, name]) => name), [0, 2, 4, 6, 8].map((digit) => `/spring/article-0123${digit}`));
            assert.equal(await view.page.locator('#names [role=status]').innerText(), '5 of 10,000 names');
            await filter.fill('404');
            const found = names.document.names.filter(({ name, statuses }) => name.includes('404') || '404' in statuses);
            assert.equal(await view.page.locator('#names [role=status]').innerText(), `${found.length} of 10,000 names`);
            await filter.fill('no such name');
            assert.deepEqual(await readTable(view.page, 'Requests by name'), [['Nothing matches.']]);
            await filter.press('Escape');
            assert.equal(await view.page.locator('#names [role=status]').innerText(), '10,000 names');
        });
    });

    describe('for everybody', () => {
        /* Each text that is seen, and how it stands out from what is behind it. */
        const poorContrasts = (page) => page.evaluate(() => {
            const parse = (text) => (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
            const light = (rgb) => {
                const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = (element) => {
                for (; element; element = element.parentElement) {
                    const [r, g, b, a = 1] = parse(getComputedStyle(element).backgroundColor);
                    if (a === 1)
                        return [r, g, b];
                }
                return [255, 255, 255];
            };
            return [...document.querySelectorAll('body *')].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3
                && node.data.trim() !== '') && element.checkVisibility() && !element.closest('script, .sr-only')).map((element) => {
                const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
                return [(a + 0.05) / (b + 0.05), element.className || element.tagName, element.textContent.slice(0, 30)];
            }).filter(([contrast]) => contrast < 4.5);
        });

        for (const colorScheme of ['light', 'dark']) {
            it(`it is ${colorScheme} where that is asked for, and can be read`, async () => {
                const view = await browser.show(shop.path, { colorScheme });
                const [r] = (await view.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g);
                assert.ok(colorScheme === 'dark' ? r < 60 : r > 200, r);
                assert.deepEqual(await poorContrasts(view.page), []);
                await view.close();
            });
        }

        it('charts follow when the colours change', async () => {
            const view = await browser.show(shop.path);
            const drawn = () => view.page.locator('figure canvas').first().evaluate((canvas) => canvas.toDataURL());
            const before = await drawn();
            await view.page.emulateMedia({ colorScheme: 'dark' });
            await view.page.waitForFunction((old) => document.querySelector('figure canvas').toDataURL() !== old, before);
            await view.close();
        });

        it('headings, tables, figures and landmarks have names', async () => {
            const view = await browser.show(shop.path);
            const found = await view.page.evaluate(() => {
                const all = (selector) => [...document.querySelectorAll(selector)];
                const levels = all('h1, h2, h3').map(({ tagName }) => Number(tagName[1]));
                return {
                    language: document.documentElement.lang,
                    firstLevels: levels.slice(0, 2),
                    jumps: levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1).length,
                    h1: all('h1').length,
                    landmarks: ['header', 'nav', 'main', 'footer'].map((tag) => all(tag).length),
                    tables: all('table').length,
                    bare: all('table').filter(({ caption }) => !caption?.textContent).length,
                    scopes: all('th:not([scope])').length,
                    unnamed: all('button, input, [role=img], section, nav').filter((element) => !(element.textContent.trim()
                        || element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || element.labels?.length)).length,
                    ids: all('[id]').length - new Set(all('[id]').map(({ id }) => id)).size,
                    broken: all('a').filter(({ hash }) => document.getElementById(hash.slice(1)) === null).length,
                };
            });
            assert.ok(found.tables >= 8);
            delete found.tables;
            assert.deepEqual(found, { language: 'en', firstLevels: [1, 2], jumps: 0, h1: 1, landmarks: [1, 1, 1, 1], bare: 0, scopes: 0,
                unnamed: 0, ids: 0, broken: 0 });
            await view.close();
        });

        it('all that can be used is reached with Tab, and seen', async () => {
            const view = await browser.show(shop.path);
            const reached = new Set();
            for (let i = 0; i < 120; i++) {
                await view.page.keyboard.press('Tab');
                const [what, outline] = await view.page.evaluate(() => [document.activeElement.closest('section')?.id
                    ?? document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]);
                reached.add(what);
                assert.ok(what === 'BODY' || outline !== 'none', `${what} shows no focus`);
            }
            for (const part of ['A', 'time', 'distribution', 'names', 'tests', 'errors', 'metrics', 'plan'])
                assert.ok(reached.has(part), `${part} is not reached`);
            await view.close();
        });

        it('a phone needs no sideways scrolling', async () => {
            for (const { path } of [shop, names]) {
                const view = await browser.show(path, { width: 360, hasTouch: true, isMobile: true });
                const [wide, cells] = await view.page.evaluate(() => [document.documentElement.scrollWidth - innerWidth,
                    document.querySelector('#names tbody tr:not(.spacer)').getBoundingClientRect().height]);
                assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
                assert.ok(cells < 120, `a row is ${cells} px high`);
                await view.close();
            }
        });

        it('without its script it tells the verdict', async () => {
            const view = await browser.show(shop.path, { javaScriptEnabled: false });
            assert.match(await view.page.innerText('body'), /^Verdict: fail, exit code 1: 53 tests failed; and <b>more<\/b>\.\n/);
            await view.close();
        });

        it('paper gets light colours, no controls, and a bounded number of rows', async () => {
            const view = await browser.show(names.path, { colorScheme: 'dark' });
            await view.page.emulateMedia({ media: 'print' });
            await view.page.waitForFunction(() => document.querySelectorAll('#names tbody tr').length === 500);
            assert.equal(await view.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
            assert.equal(await view.page.locator('nav').isVisible(), false);
            assert.equal(await view.page.locator('#names .filter').isVisible(), false);
            assert.equal(await view.page.locator('#names .print-only').innerText(), 'The first 500 of 10,000 names.');
            await view.close();
        });
    });

    describe('whatever was measured', () => {
        const show = async (recording, name, ending) => {
            const { path, document } = await browser.report(recording, name, ending);
            const view = await browser.show(path);
            const text = await view.page.innerText('body');
            const sections = await view.page.$$eval('section', (all) => all.map(({ id }) => id));
            assert.deepEqual(view.seen.complaints, []);
            await view.close();
            return { path, document, text, sections };
        };

        it('one hit is a whole report', async () => {
            const { sections } = await show(oneHit(), 'one', { duration_s: 0.4 });
            assert.deepEqual(sections, ['overview', 'time', 'distribution', 'names', 'statuses', 'plan', 'environment', 'messages']);
        });

        it('nothing at all is told so', async () => {
            const { text, sections } = await show(new Recording(), 'nothing', { verdict: { status: 'invalid', exit_code: 5,
                reasons: ['nothing was measured'] } });
            assert.match(text, /^Skip to the key figures\nNot valid\n/);
            assert.match(text, /Requests\n0\nnone were made/);
            assert.deepEqual(sections.filter((id) => id !== 'time'), ['overview', 'plan', 'environment', 'messages']);
        });

        it('socket messages alone are a report', async () => {
            const { text, sections } = await show(socketsOnly(), 'sockets');
            assert.match(text, /Web sockets\n20\n8 kB received/);
            assert.deepEqual(sections, ['overview', 'time', 'plan', 'environment', 'messages']);
        });

        it('where nothing was answered there are no response times', async () => {
            const { text, sections } = await show(allFailed(), 'failed', FAILED);
            assert.match(text, /Failed requests\n50\n100% of all, 50 without response/);
            assert.ok(!sections.includes('distribution'));
            assert.ok(sections.includes('errors'));
        });

        it('an hour takes less than 1 MB', async () => {
            const { path, document } = await show(shopRecording({ seconds: 3600, rate: 4, names: 300 }), 'hour');
            assert.equal(document.timeline.length, 3600);
            assert.ok(statSync(path).size < 1e6, `${statSync(path).size} bytes`);
        });
    });

    describe('alone', () => {
        let hostileReport, hostile;

        before(async () => {
            ({ hostile } = await import('./hostile.mjs'));
            const recording = new Recording({ project: hostile[0], label: hostile.find((text) => text.startsWith('</title>')),
                plan: hostile.slice(0, 40).map((name) => ({ name, runner: 'js', cycles: [{ users: 1, hits: 1 }] })) });
            for (const [i, text] of hostile.entries()) {
                recording.hit(i / 100, { name: `n${i} ${text}`, method: text, url: text });
                recording.hit(i / 100, { name: 'lost', status: 0, error: `h${i} ${text}` });
                recording.test(i / 100, `t${i} ${text}`, 'Failure', [`m${i} ${text}`, text, `f${i} ${text}`], i % 40);
                recording.add(i / 100, 'incr_counter', { test: 't', name: `c${i} ${text}`, value: 1 });
                recording.add(i / 100, 'metric', { name: `g${i} ${text}`, value: 1, kind: ['counter', 'gauge', 'rate', 'trend'][i % 4] });
            }
            hostileReport = await browser.report(recording, 'hostile', { verdict: { status: 'fail', exit_code: 1, reasons: hostile.slice(0, 60) } });
        });

        it('the page asks for nothing and breaks no rule of its policy', async () => {
            for (const { path } of [shop, names]) {
                const view = await browser.show(path);
                await view.page.getByRole('link', { name: 'This run' }).click();
                assert.deepEqual(view.seen.requests.filter((url) => url !== pathToFileURL(path).href), []);
                assert.deepEqual(view.seen.complaints, []);
                assert.deepEqual(await view.page.evaluate(() => window.violations), []);
                await view.close();
            }
        });

        it('its policy forbids whatever is not its own', async () => {
            const view = await browser.show(shop.path);
            const tried = await view.page.evaluate(async () => {
                /* What the browser's own tools evaluate is free of the policy; what comes later is not. */
                const later = () => new Promise((resolve) => {
                    setTimeout(resolve, 50);
                });
                const refused = [];
                await later();
                const attempt = async (name, action) => {
                    try {
                        await action();
                    } catch {
                        refused.push(name);
                    }
                };
                await attempt('markup', () => document.body.insertAdjacentHTML('beforeend', '<p>x</p>'));
                await attempt('eval', () => Function('window.hacked = 1')());
                await attempt('fetch', () => fetch('http://127.0.0.1:9/'));
                const image = document.createElement('img');
                image.src = 'http://127.0.0.1:9/x.png';
                const style = document.createElement('style');
                style.textContent = 'body { color: red }';
                document.body.append(image, style);
                await later();
                return { refused, rules: window.violations.map((text) => text.split(' ')[0]).sort(), hacked: window.hacked };
            });
            assert.deepEqual(tried.refused, ['markup', 'eval', 'fetch']);
            for (const rule of ['connect-src', 'img-src', 'style-src-elem', 'require-trusted-types-for'])
                assert.ok(tried.rules.includes(rule), `${rule} in ${tried.rules}`);
            assert.equal(tried.hacked, undefined);
            await view.close();
        });

        it('200 hostile texts are shown as they are, in every place, and do nothing', async () => {
            assert.ok(hostile.length >= 200);
            const view = await browser.show(hostileReport.path);
            const { page } = view;
            for (const button of await page.getByRole('button', { name: /^Show \d+ more/ }).all())
                await button.click();
            await page.evaluate(() => {
                for (const details of document.querySelectorAll('details'))
                    details.open = true;
            });
            const found = await page.evaluate(() => ({
                hacked: window.hacked, violations: window.violations, text: document.body.textContent,
                tags: [...new Set([...document.body.querySelectorAll('*')].map(({ localName }) => localName))],
                links: [...document.querySelectorAll('a')].filter((a) => !a.getAttribute('href').startsWith('#')).length,
                handlers: [...document.querySelectorAll('*')].filter((element) => element.getAttributeNames()
                    .some((name) => name.startsWith('on') || name === 'src' || name === 'style')
                    && !element.matches('[style]')).length,
            }));
            assert.equal(found.hacked, undefined);
            assert.deepEqual(found.violations, []);
            assert.equal(found.links, 0);
            assert.equal(found.handlers, 0);
            for (const tag of ['img', 'iframe', 'object', 'meta', 'link', 'base', 'style', 'math', 'textarea'])
                assert.ok(!found.tags.includes(tag), tag);
            assert.equal(await page.locator('script').count(), 3);
            assert.deepEqual(view.seen.complaints, []);
            assert.deepEqual(view.seen.requests, [pathToFileURL(hostileReport.path).href]);
            /* The document's texts, control characters made visible. */
            const visible = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
                (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
            const { document } = hostileReport;
            const texts = [...document.tests.map(({ name }) => name), ...Object.keys(document.counters), ...Object.keys(document.metrics),
                ...document.errors.map(({ message }) => message), ...document.verdict.reasons, ...document.plan.map(({ name }) => name)];
            assert.ok(texts.length > 1000, `${texts.length} texts`);
            /* Long tables show what is in sight: their data is looked at. */
            const shown = new Set(await page.evaluate(() => {
                const data = JSON.parse(document.getElementById('data').textContent);
                return [...data.tests.map(({ name }) => name), ...Object.keys(data.counters), ...Object.keys(data.metrics)];
            }));
            assert.deepEqual(texts.filter((text) => !shown.has(text) && !found.text.includes(visible(text))), []);
            await view.close();
        });

        it('hostile texts are found and sorted like others', async () => {
            const view = await browser.show(hostileReport.path);
            await view.page.locator('#names').getByLabel('Filter').fill('</script><script>');
            assert.ok((await readTable(view.page, 'Requests by name')).length >= 1);
            await view.page.locator('#tests').getByRole('button', { name: 'Test', exact: true }).click();
            assert.equal(await view.page.evaluate(() => window.hacked), undefined);
            await view.close();
        });
    });
});
