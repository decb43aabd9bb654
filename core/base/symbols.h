/* SPDX-License-Identifier: Apache-2.0 */
/* The names that an ELF file exports. dlsym() alone would also find those of the
 * libraries that it is linked with. */
#ifndef BASE_SYMBOLS_H
#define BASE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct symbols {
    const char *data; /* the file in memory */
    size_t size;
    const void *table;
    const char *texts;
    size_t count, texts_size;
};

struct symbol {
    const char *name; /* valid until symbols_close */
    bool is_function; /* otherwise an object */
};

/* Opens the shared object or program at `path`; `shown` is what errors call it. */
int symbols_open(struct symbols *symbols, const char *path, const char *shown, struct err *err);
void symbols_close(struct symbols *symbols);

/* Goes through all of them: `at` is 0 at first. */
bool symbols_next(const struct symbols *symbols, size_t *at, struct symbol *symbol);
bool symbols_have_function(const struct symbols *symbols, const char *name);
bool symbols_have_object(const struct symbols *symbols, const char *name);

#endif
