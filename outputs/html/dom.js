/* SPDX-License-Identifier: Apache-2.0 */
/* Making elements. Text becomes text nodes: there is no way from text to markup. */

/* make('td.number', { title: 'x' }, 'text', child): attributes that are null or
 * false are left out, functions are listeners ("onclick"). */
function make(kind, attributes = {}, ...children) {
    const [tag, ...classes] = kind.split('.');
    const element = document.createElement(tag);
    if (classes.length > 0)
        element.className = classes.join(' ');
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === 'function')
            element.addEventListener(name.slice(2), value);
        else if (value !== null && value !== undefined && value !== false)
            element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
}

/* Sizes are set here and not in attributes, which the policy of the page forbids. */
function setStyle(element, values) {
    for (const [name, value] of Object.entries(values))
        element.style.setProperty(name, value);
    return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/* A drawing of one path, for eyes only. */
function icon(path) {
    const svg = document.createElementNS(SVG, 'svg');
    const line = document.createElementNS(SVG, 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
}

/* A part of the page with a heading, in the table of contents by its `id`. */
function section(id, title, ...children) {
    return make('section.part', { id, 'aria-labelledby': `${id}-title` },
        make('h2', { id: `${id}-title`, tabindex: '-1' }, title), ...children);
}

function note(...children) {
    return make('p.note', {}, ...children);
}
