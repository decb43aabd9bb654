/* SPDX-License-Identifier: Apache-2.0 */
/* The page without its data: texts with a slot behind each. The build makes them
 * of page.html, the style sheets and the scripts (build.mjs). */
#ifndef OUTPUTS_HTML_PAGE_H
#define OUTPUTS_HTML_PAGE_H

#include <stddef.h>

enum html_slot {
    HTML_END, /* behind the last text */
    HTML_TITLE,
    HTML_VERDICT, /* what is told where the script does not run */
    HTML_DATA,
};

struct html_piece {
    const char *text;
    size_t length;
    enum html_slot slot;
};

extern const struct html_piece html_page[];

#endif
