/* SPDX-License-Identifier: Apache-2.0 */
/* What is posted, in the form that each service takes. */
#ifndef WEBHOOK_SHAPE_H
#define WEBHOOK_SHAPE_H

#include "common/template.h"

struct shape {
    const char *name; /* "slack" */
    template_escape *escape;
    /* Adds the JSON to post. `text` is the finished message. */
    void (*write)(struct buffer *out, struct slice text, const struct template_values *values);
};

/* NULL and `err`, which names all, when there is none of that name. */
const struct shape *shape_find(const char *name, struct err *err);

#endif
