/* SPDX-License-Identifier: Apache-2.0 */
/* What an observer says, from a text with names in braces: "{verdict} after
 * {duration}: {hits} hits". docs/reference/observers.md lists the names; {{ is a
 * brace. */
#ifndef OBSERVERS_TEMPLATE_H
#define OBSERVERS_TEMPLATE_H

#include <jansson.h>
#include <loads/plugin.h>

#include "base/buffer.h"
#include "base/err.h"
#include "base/slice.h"

/* Says a run in one line. */
#define TEMPLATE_LINE "{subject}: {headline}. {hits} hits in {duration}, {hits_per_s} hits/s, p95 {p95}, " \
                      "{failures} failures, {errors} errors"

/* "start", "bad" or "end", as users and programs read it. */
const char *template_moment(enum loads_moment moment);

/* What a value may not do where it goes: adds `text`, made harmless. */
typedef void template_escape(struct buffer *out, struct slice text);

/* Adds the first line, valid UTF-8 without control characters. */
void template_escape_plain(struct buffer *out, struct slice text);

/* Whether all names are known. */
int template_check(const char *template, struct err *err);

/* Adds the text to `out`. `document` is the result document, `link` the address of
 * a report or NULL. Only values are escaped: the template is the user's own. */
struct template_values {
    const json_t *document;
    enum loads_moment moment;
    const char *link;
};
void template_expand(struct buffer *out, const char *template, const struct template_values *values,
                     template_escape *escape);

#endif
