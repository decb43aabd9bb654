/* SPDX-License-Identifier: Apache-2.0 */
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
