/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the target by its ending. */
#include "target.h"

#include <stdbool.h>
#include <string.h>

#include "compiler.h"
#include "parameters.h"

static bool
has_ending(const char *file, const char *ending)
{
    size_t length = strlen(file), ending_length = strlen(ending);

    return length > ending_length && strcmp(file + length - ending_length, ending) == 0;
}

static int
open_source(struct library *library, const char *file, const char *name, struct err *err)
{
    struct compilation compilation;
    int result;

    if (compilation_run(&compilation, file, err) < 0)
        return -1;
    result = library_open(library, compilation.library, file, name, err);
    /* What is mapped stays: so nothing is left behind, however the tests end. */
    compilation_clear(&compilation);
    return result;
}

int
target_open(struct library *library, const struct settings *settings, struct err *err)
{
    const char *file = settings->file;
    int result;

    if (has_ending(file, ".so"))
        result = library_open(library, file, file, settings->test, err);
    else if (has_ending(file, ".c"))
        result = open_source(library, file, settings->test, err);
    else
        return err_set(err, "%s: a test file ends with .so or .c", file);
    if (result == 0 && parameters_open(library, settings, err) < 0) {
        library_close(library);
        return -1;
    }
    return result;
}

void
target_close(struct library *library)
{
    parameters_close(library);
    library_close(library);
}
