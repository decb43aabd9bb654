/* SPDX-License-Identifier: Apache-2.0 */
/* Colours live in the style sheet. Canvases do not see it: they ask here, and are
 * drawn anew when it changes, for dark mode and for paper. */

const redraws = new Set();
let colours = new Map();

function colour(name) {
    if (!colours.has(name))
        colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
    return colours.get(name);
}

/* On paper there is nothing to scroll and nothing to open. */
function isPaper() {
    return matchMedia('print').matches;
}

function onTheme(redraw) {
    redraws.add(redraw);
}

function watchTheme() {
    const changed = () => {
        colours = new Map();
        for (const redraw of redraws)
            redraw();
    };
    for (const query of ['(prefers-color-scheme: dark)', 'print'])
        matchMedia(query).addEventListener('change', changed);
}
