/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that want to be more than text, for every place that text comes to. Each
 * would set window.hacked, or ask 127.0.0.1 for something, if it got its way. */

const doing = 'window.hacked=1';
const asking = 'http://127.0.0.1:9/';

/* What is in the way of markup: the end of what it stands in. */
const ends = ['', '"', "'", '">', "'>", '</script>', '</td>', '</style>', '</title>', '-->', ']]>', '</textarea>'];

const markup = [
    `<script>${doing}</script>`,
    `<img src=x onerror=${doing}>`,
    `<svg onload=${doing}>`,
    `<svg><script>${doing}</script></svg>`,
    `<iframe srcdoc="<script>parent.${doing}</script>"></iframe>`,
    `<a href="javascript:${doing}">x</a>`,
    `<details open ontoggle=${doing}>`,
    `<link rel=stylesheet href=${asking}>`,
    `<meta http-equiv=refresh content="0;url=${asking}">`,
    `<base href=${asking}>`,
    `<object data=${asking}></object>`,
    `<style>@import "${asking}";</style>`,
    `<math><mi xlink:href="javascript:${doing}">x</mi></math>`,
];

const others = [
    `javascript:${doing}`, `data:text/html,<script>${doing}</script>`, `" onfocus=${doing} autofocus x="`,
    `' onmouseover=${doing} x='`, `\${${doing}}`, `{{constructor.constructor('${doing}')()}}`, `<%= ${doing} %>`, `#{${doing}}`,
    '<!--', '--!>', '<!DOCTYPE html>', '<![CDATA[', '&lt;script&gt;', '&#60;script&#62;', '&#x3c;img src=x&#x3e;', '\\u003cscript\\u003e',
    '\\x3cscript\\x3e', '%3Cscript%3E', '+ADw-script+AD4-', '\u2028alert()\u2029', '\u202egnp.exe', '\u0007bell\u001b[31mred', 'a\u0000b',
    '</SCRIPT ><SCRIPT >window.hacked=1</SCRIPT>', '<scr<script>ipt>', '<<script>', '<script', '<', '>', '&', '"', "'", '`', '\\', '\\"',
    '__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__', '(other)', '🦊\u200d🔥', '\ufeffname', 'ΑΒΓ<b>δ</b>',
    `url(${asking})`, `expression(${doing})`, 'x'.repeat(400), '-'.repeat(60), ' leading and trailing ', 'ａｌｅｒｔ', '\ud7ff\ue000',
];

export const hostile = [...ends.flatMap((end) => markup.map((text) => end + text)), ...others];
