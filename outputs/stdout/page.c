/* SPDX-License-Identifier: Apache-2.0 */
/* What sections of the summary have in common. */
#include "stdout/page.h"

void
page_style(const struct page *page, enum page_style style)
{
    static const char *const codes[] = {
        [PAGE_PLAIN] = "\x1B[0m",    [PAGE_TITLE] = "\x1B[1m",     [PAGE_GOOD] = "\x1B[1;32m",
        [PAGE_BAD] = "\x1B[1;31m",   [PAGE_WARNING] = "\x1B[1;33m",
    };

    if (page->has_colour)
        buffer_add_text(page->out, codes[style]);
}

void
page_title(const struct page *page, const char *title)
{
    buffer_add_char(page->out, '\n');
    page_style(page, PAGE_TITLE);
    buffer_add_text(page->out, title);
    page_style(page, PAGE_PLAIN);
    buffer_add_char(page->out, '\n');
}

void
page_more(const struct page *page, size_t count, size_t shown)
{
    if (count > shown)
        buffer_printf(page->out, "  ... and %zu more\n", count - shown);
}
