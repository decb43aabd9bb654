/* SPDX-License-Identifier: Apache-2.0 */
/* Checks declarations and makes calls of them. */
#include "ffi/calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/symbols.h"
#include "ffi/facts.h"
#include "plugins/trust.h"

enum { NAMES_LIMIT = 10000, LIST_LIMIT = 900 };

/* Names to choose from. They are borrowed. */
struct names {
    const char **items;
    size_t count;
};

static void
names_add(struct names *names, const char *name)
{
    if (names->count == NAMES_LIMIT)
        return;
    names->items = xreallocarray(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = name;
}

/* "WHAT; did you mean NEAREST?", else "WHAT; there are A, B, C". Frees the names. */
static int
fail_unknown(struct names *names, const char *what, const char *typed, struct err *err)
{
    const char *nearest = nearest_name(typed, names->items, names->count);
    struct buffer list;

    buffer_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < names->count && !list.is_full; i++)
        buffer_printf(&list, "%s%s", i > 0 ? ", " : "", names->items[i]);
    if (nearest != NULL)
        err_set(err, "%s \"%s\"; did you mean %s?", what, typed, nearest);
    else if (names->count == 0)
        err_set(err, "%s \"%s\"; there is none", what, typed);
    else
        err_set(err, "%s \"%s\"; there are %s%s", what, typed, list.data, list.is_full ? ", ..." : "");
    buffer_clear(&list);
    free(names->items);
    return -1;
}

static int
unknown_field(const struct moment_kind *kind, const char *name, struct err *err)
{
    struct names names = { 0 };

    for (size_t i = 0; kind->groups[i] != NULL; i++)
        for (const struct field *field = kind->groups[i]->fields; field->name != NULL; field++)
            names_add(&names, field->name);
    return fail_unknown(&names, "there is no field", name, err);
}

static int
wrong_type(const struct field *field, enum parameter_type type, struct err *err)
{
    struct buffer fitting;

    buffer_init(&fitting, LIST_LIMIT);
    for (enum parameter_type other = 0; other < PARAMETER_TYPE_COUNT; other++)
        if (field_fits(field, other))
            buffer_printf(&fitting, "%s%s", fitting.length > 0 ? ", " : "", parameter_kinds[other].name);
    err_set(err, "the field %s cannot be passed as %s, only as %s", field->name, parameter_kinds[type].name,
            fitting.data);
    buffer_clear(&fitting);
    return -1;
}

static int
check_parameters(struct call *call, const struct moment_kind *kind, const struct signature *signature,
                 struct err *err)
{
    for (size_t i = 0; i < signature->count; i++) {
        const struct parameter *parameter = &signature->parameters[i];
        const struct field_group *group;
        const struct field *field = field_find(kind, parameter->name, &group);

        if (field == NULL)
            return unknown_field(kind, parameter->name, err);
        if (!field_fits(field, parameter->type))
            return wrong_type(field, parameter->type, err);
        call->parameters[i].field = field;
        call->parameters[i].source = group->source;
        call->parameters[i].type = parameter->type;
    }
    call->count = signature->count;
    return 0;
}

static int
check_function(const struct symbols *symbols, const char *function, struct err *err)
{
    struct names names = { 0 };
    struct symbol symbol;

    if (symbols_have_function(symbols, function))
        return 0;
    if (symbols_have_object(symbols, function))
        return err_set(err, "\"%s\" in the library is no function, but a variable", function);
    for (size_t at = 0; symbols_next(symbols, &at, &symbol);)
        if (symbol.is_function)
            names_add(&names, symbol.name);
    return fail_unknown(&names, "the library exports no function", function, err);
}

static int
check_call(struct call *call, const struct moment_kind *kind, const struct symbols *symbols, const char *text,
           struct err *err)
{
    enum foreign_type types[SIGNATURE_PARAMETERS_LIMIT];
    struct declaration declaration;

    if (declaration_parse(&declaration, text, err) != 0 ||
        check_function(symbols, declaration.function, err) != 0 ||
        check_parameters(call, kind, &declaration.signature, err) != 0)
        return -1;
    memcpy(call->function, declaration.function, sizeof call->function);
    for (size_t i = 0; i < call->count; i++)
        types[i] = parameter_kinds[call->parameters[i].type].foreign;
    call->foreign =
        foreign_new(declaration.returns_int ? FOREIGN_INT : FOREIGN_VOID, types, call->count, err);
    return call->foreign != NULL ? 0 : -1;
}

/* Before any code of the library runs. */
static int
check_all(struct calls *calls, const char *path, const char *shown,
          const char *const declarations[MOMENT_COUNT], struct err *err)
{
    struct symbols symbols;
    int failed = 0;
    size_t count = 0;

    if (trust_check(path, err) != 0 || symbols_open(&symbols, path, shown, err) != 0)
        return -1;
    for (enum moment moment = 0; moment < MOMENT_COUNT && failed == 0; moment++) {
        if (declarations[moment] == NULL)
            continue;
        count++;
        failed =
            check_call(&calls->calls[moment], &moment_kinds[moment], &symbols, declarations[moment], err);
        if (failed != 0)
            err_add(err, "%s", moment_kinds[moment].option);
    }
    symbols_close(&symbols);
    if (failed == 0 && count == 0)
        return err_set(err, "nothing of %s would be called: declare a function for at least one event",
                       shown);
    return failed;
}

static int
load(struct calls *calls, const char *path, const char *shown, struct err *err)
{
    calls->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (calls->handle == NULL)
        return err_set(err, "cannot load %s: %s", shown, dlerror());
    for (enum moment moment = 0; moment < MOMENT_COUNT; moment++) {
        struct call *call = &calls->calls[moment];

        if (call->foreign == NULL)
            continue;
        call->address = (foreign_function *)dlsym(calls->handle, call->function);
        if (call->address == NULL)
            return err_set(err, "%s: cannot find %s in %s", moment_kinds[moment].option, call->function,
                           shown);
    }
    return 0;
}

int
calls_open(struct calls *calls, const char *library, const char *const declarations[MOMENT_COUNT],
           struct err *err)
{
    char *path = realpath(library, NULL);
    int failed;

    *calls = (struct calls){ 0 };
    if (path == NULL)
        return err_set(err, "cannot open the library %s: %s", library, strerror(errno));
    failed = check_all(calls, path, library, declarations, err);
    if (failed == 0)
        failed = load(calls, path, library, err);
    free(path);
    if (failed != 0)
        calls_close(calls);
    return failed;
}

void
calls_close(struct calls *calls)
{
    for (enum moment moment = 0; moment < MOMENT_COUNT; moment++)
        foreign_free(calls->calls[moment].foreign);
    if (calls->handle != NULL)
        dlclose(calls->handle);
    *calls = (struct calls){ 0 };
}

bool
calls_have(const struct calls *calls, enum moment moment)
{
    return calls->calls[moment].foreign != NULL;
}

int
calls_make(const struct calls *calls, enum moment moment, const void *const sources[SOURCE_COUNT],
           struct err *err)
{
    const struct call *call = &calls->calls[moment];
    union foreign_value values[SIGNATURE_PARAMETERS_LIMIT];
    int returned;

    if (call->foreign == NULL)
        return 0;
    for (size_t i = 0; i < call->count; i++)
        field_read(&values[i], call->parameters[i].field, sources[call->parameters[i].source],
                   call->parameters[i].type);
    returned = foreign_call(call->foreign, call->address, values);
    if (returned != 0)
        return err_set(err, "%s: %s returned %d", moment_kinds[moment].option, call->function, returned);
    return 0;
}

int
calls_make_result(const struct calls *calls, enum moment moment, const struct loads_result *result,
                  struct err *err)
{
    struct facts facts;
    int failed;

    if (!calls_have(calls, moment))
        return 0;
    if (facts_of_result(&facts, result, err) != 0)
        return -1;
    failed = calls_make(
        calls, moment,
        (const void *[SOURCE_COUNT]){ [SOURCE_TOTALS] = &result->totals, [SOURCE_FACTS] = &facts }, err);
    facts_clear(&facts);
    return failed;
}
