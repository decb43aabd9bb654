/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the page together. */

const PARTS = [overviewPart, timePart, distributionPart, namesPart, statusesPart, testsPart, runnersPart, errorsPart,
    metricsPart, planPart, environmentPart, messagesPart];

function showReport() {
    const data = readData();
    const parts = PARTS.map((part) => part(data)).filter((part) => part !== null);
    const linkTo = (part) => make('a', { href: `#${part.id}` }, part.querySelector('h2').textContent);
    const links = parts.map((part) => make('li', {}, linkTo(part)));
    document.getElementById('report').replaceWith(
        make('a.skip', { href: '#overview-title' }, 'Skip to the key figures'),
        verdictPart(data),
        make('nav.contents', { 'aria-label': 'Parts of this report' }, make('ul', {}, ...links)),
        make('main', {}, ...parts),
        make('footer', {}, `Written by Loads ${visible(data.version ?? '')}. `
            + 'This page is one file and asks nobody for anything.'));
    document.documentElement.classList.add('is-ready');
}

watchTheme();
showReport();
