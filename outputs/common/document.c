/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the result document. */
#include "common/document.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

json_t *
document_read(const struct loads_result *result, struct err *err)
{
    json_error_t error;
    json_t *document = json_loadb(result->json, result->json_length, 0, &error);

    if (document == NULL)
        err_set(err, "cannot read the result document: %s at byte %d", error.text, error.position);
    return document;
}

uint64_t
document_count(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (uint64_t)value : 0;
}

double
document_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

int64_t
document_us(const json_t *object, const char *key)
{
    static const double most = 9007199254740992.0;
    double us = document_number(object, key);

    return us > 0 ? llround(us < most ? us : most) : 0;
}

struct slice
document_text(const json_t *object, const char *key)
{
    const json_t *text = json_object_get(object, key);

    return (struct slice){ json_string_value(text), json_string_length(text) };
}

const json_t **
document_sorted(const json_t *array, int (*order)(const void *, const void *))
{
    size_t count = json_array_size(array);
    const json_t **items = xcalloc(count, sizeof *items);

    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(array, i);
    qsort(items, count, sizeof *items, order);
    return items;
}
