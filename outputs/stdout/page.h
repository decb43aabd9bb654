/* SPDX-License-Identifier: Apache-2.0 */
/* Where the summary goes: text, how wide it may be, and what it may use. */
#ifndef OUTPUTS_STDOUT_PAGE_H
#define OUTPUTS_STDOUT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct page {
    struct buffer *out;
    size_t columns;
    bool has_colour;
    bool is_utf8; /* the terminal shows more than ASCII */
};

enum page_style { PAGE_PLAIN, PAGE_TITLE, PAGE_GOOD, PAGE_BAD, PAGE_WARNING };

/* Starts a style on pages that have colours; PAGE_PLAIN ends it. */
void page_style(const struct page *page, enum page_style style);

/* The title of a section, behind an empty line. */
void page_title(const struct page *page, const char *title);

/* "  ... and 12 more" under a list that shows only the first. */
void page_more(const struct page *page, size_t count, size_t shown);

#endif
