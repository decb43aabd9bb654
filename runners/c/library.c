/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the tests' library and finds in it what is ours by its name. */
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/symbols.h"

#define SIGNATURE_PREFIX "loads_parameters_"

enum { TESTS_LIMIT = 10000 };

/* Where things are looked for. */
struct search {
    struct symbols symbols;
    const char *shown; /* the file, in errors */
    const char *name;  /* the one test that is wanted; NULL: all */
};

static bool
is_wanted(const char *symbol, const char *name)
{
    return name != NULL ? strcmp(symbol, name) == 0 : strncmp(symbol, "test", 4) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const struct test *)a)->name, ((const struct test *)b)->name);
}

/* Notes the names of the exported functions that are wanted, sorted. */
static void
list_tests(struct library *library, const struct symbols *symbols, const char *name)
{
    struct symbol symbol;

    for (size_t at = 0; library->test_count < TESTS_LIMIT && symbols_next(symbols, &at, &symbol);) {
        if (!symbol.is_function || !is_wanted(symbol.name, name))
            continue;
        library->tests = xreallocarray(library->tests, library->test_count + 1, sizeof *library->tests);
        library->tests[library->test_count++] = (struct test){ .name = xstrdup(symbol.name) };
    }
    if (library->test_count > 0)
        qsort(library->tests, library->test_count, sizeof *library->tests, compare_names);
}

static void
forget_tests(struct library *library)
{
    for (size_t i = 0; i < library->test_count; i++)
        free(library->tests[i].name);
    free(library->tests);
    library->tests = NULL;
    library->test_count = 0;
}

/* Says what is missing, and which tests there are instead. */
static int
complain(struct library *library, const struct search *search, struct err *err)
{
    struct buffer known;

    if (search->name == NULL)
        return err_set(err, "%s exports no function whose name starts with \"test\"", search->shown);
    buffer_init(&known, 512);
    list_tests(library, &search->symbols, NULL);
    for (size_t i = 0; i < library->test_count; i++)
        buffer_printf(&known, "%s%s", i > 0 ? ", " : "", library->tests[i].name);
    err_set(err, "%s has no function \"%s\"%s%s%s", search->shown, search->name,
            library->test_count > 0 ? "; its tests are " : " and no tests",
            known.length > 0 ? known.data : "", known.is_full ? " ..." : "");
    buffer_clear(&known);
    return -1;
}

/* Parameters of a function that does not exist are a name that was mistyped. */
static int
check_signatures(const struct search *search, struct err *err)
{
    const size_t prefix = sizeof SIGNATURE_PREFIX - 1;
    struct symbol symbol;

    for (size_t at = 0; symbols_next(&search->symbols, &at, &symbol);)
        if (!symbol.is_function && strncmp(symbol.name, SIGNATURE_PREFIX, prefix) == 0 &&
            !symbols_have_function(&search->symbols, symbol.name + prefix))
            return err_set(err, "%s has LOADS_PARAMETERS(%s, ...), but no function %s", search->shown,
                           symbol.name + prefix, symbol.name + prefix);
    return 0;
}

static void *
find_function(const struct library *library, const struct search *search, const char *name)
{
    return symbols_have_function(&search->symbols, name) ? dlsym(library->handle, name) : NULL;
}

static void
find_hooks(struct library *library, const struct search *search)
{
    library->setup_user.name = (char *)"setup_user";
    library->setup_user.run = (test_function *)find_function(library, search, "setup_user");
    library->teardown_user.name = (char *)"teardown_user";
    library->teardown_user.run = (test_function *)find_function(library, search, "teardown_user");
    library->setup_process = (process_function *)find_function(library, search, "setup_process");
    library->teardown_process = (process_function *)find_function(library, search, "teardown_process");
}

static int
find_test(const struct library *library, const struct search *search, struct test *test, struct err *err)
{
    char *signature = xasprintf(SIGNATURE_PREFIX "%s", test->name);

    test->run = (test_function *)dlsym(library->handle, test->name);
    if (symbols_have_object(&search->symbols, signature))
        test->signature = dlsym(library->handle, signature);
    free(signature);
    if (test->run == NULL)
        return err_set(err, "cannot find %s in %s: %s", test->name, search->shown, dlerror());
    return 0;
}

/* `path` NULL: the program itself. */
static int
load(struct library *library, const struct search *search, const char *path, struct err *err)
{
    list_tests(library, &search->symbols, search->name);
    if (library->test_count == 0)
        return complain(library, search, err);
    if (check_signatures(search, err) < 0)
        return -1;
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library->handle == NULL)
        return err_set(err, "cannot load %s: %s", search->shown, dlerror());
    for (size_t i = 0; i < library->test_count; i++)
        if (find_test(library, search, &library->tests[i], err) < 0)
            return -1;
    find_hooks(library, search);
    return 0;
}

int
library_open(struct library *library, const char *path, const char *shown, const char *name,
             struct err *err)
{
    struct search search = { .shown = shown, .name = name };
    /* dlopen() looks for a name without a slash elsewhere. */
    char *absolute = realpath(path, NULL);
    int result;

    *library = (struct library){ 0 };
    if (absolute == NULL)
        return err_set(err, "cannot open %s: %s", shown, strerror(errno));
    result = symbols_open(&search.symbols, absolute, shown, err);
    if (result == 0) {
        result = load(library, &search, absolute, err);
        symbols_close(&search.symbols);
    }
    free(absolute);
    if (result < 0)
        library_close(library);
    return result;
}

int
library_open_self(struct library *library, const char *name, struct err *err)
{
    struct search search = { .shown = program_invocation_short_name, .name = name };
    int result;

    *library = (struct library){ 0 };
    if (symbols_open(&search.symbols, "/proc/self/exe", search.shown, err) < 0)
        return -1;
    result = load(library, &search, NULL, err);
    symbols_close(&search.symbols);
    if (result < 0)
        library_close(library);
    return result;
}

void
library_close(struct library *library)
{
    forget_tests(library);
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}

void
library_setup(const struct library *library)
{
    if (library->setup_process != NULL)
        library->setup_process();
}

void
library_teardown(const struct library *library)
{
    if (library->teardown_process != NULL)
        library->teardown_process();
}
