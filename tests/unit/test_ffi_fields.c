/* SPDX-License-Identifier: Apache-2.0 */
/* outputs/ffi/fields: the tables hold together, and docs/reference/ffi.md shows
 * them word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "ffi/fields.h"

enum { TEXT_LIMIT = 256 * 1024, GROUPS_LIMIT = 32 };

static void
names_are_unique_and_found(void **state)
{
    (void)state;
    for (enum moment moment = ON_NOTHING + 1; moment < MOMENT_COUNT; moment++) {
        const struct moment_kind *kind = &moment_kinds[moment];

        for (size_t i = 0; kind->groups[i] != NULL; i++)
            for (const struct field *field = kind->groups[i]->fields; field->name != NULL; field++) {
                const struct field_group *group = NULL;

                /* A second one of that name would be found as the first. */
                assert_ptr_equal(field_find(kind, field->name, &group), field);
                assert_ptr_equal(group, kind->groups[i]);
                assert_true(field_fits(field, field_type(field)));
            }
        assert_null(field_find(kind, "", &(const struct field_group *){ NULL }));
    }
}

static long double
number_of(const union foreign_value *value, enum parameter_type type)
{
    switch (type) {
    case PARAMETER_BOOL: return value->as_bool;
    case PARAMETER_INT: return value->as_int32;
    case PARAMETER_UINT: return value->as_uint32;
    case PARAMETER_LONG: return value->as_int64;
    case PARAMETER_FLOAT: return value->as_float;
    default: return value->as_double;
    }
}

static void
numbers_are_told_as_they_are(void **state)
{
    struct loads_event event = { .as.hit = { .status = 404, .elapsed_us = INT64_MAX, .dns_us = -1, .error = "" } };
    struct loads_totals totals = { .hits = UINT64_C(1) << 62, .cycle = UINT32_MAX };
    const struct { const char *name; enum moment moment; const void *source; enum parameter_type type;
                   long double expected; } cases[] = {
        { "status", ON_HIT, &event, PARAMETER_INT, 404 },
        { "status", ON_HIT, &event, PARAMETER_LONG, 404 },
        { "elapsed_us", ON_HIT, &event, PARAMETER_LONG, INT64_MAX },
        { "dns_us", ON_HIT, &event, PARAMETER_LONG, -1 },
        { "dns_s", ON_HIT, &event, PARAMETER_DOUBLE, -1 },
        { "dns_s", ON_HIT, &event, PARAMETER_FLOAT, -1 },
        { "ok", ON_HIT, &event, PARAMETER_BOOL, false },
        { "hits", ON_TICK, &totals, PARAMETER_LONG, INT64_C(1) << 62 },
        { "cycle", ON_TICK, &totals, PARAMETER_UINT, UINT32_MAX },
        { "cycle", ON_TICK, &totals, PARAMETER_LONG, UINT32_MAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct field_group *group;
        const struct field *field = field_find(&moment_kinds[cases[i].moment], cases[i].name, &group);
        union foreign_value value;

        assert_non_null(field);
        assert_true(field_fits(field, cases[i].type));
        field_read(&value, field, cases[i].source, cases[i].type);
        assert_true(number_of(&value, cases[i].type) == cases[i].expected);
    }
}

/* The groups in the order in which events bring them up. */
static size_t
list_groups(const struct field_group *groups[GROUPS_LIMIT])
{
    size_t count = 0;

    for (enum moment moment = ON_NOTHING + 1; moment < MOMENT_COUNT; moment++)
        for (size_t i = 0; moment_kinds[moment].groups[i] != NULL; i++) {
            size_t at = 0;

            while (at < count && groups[at] != moment_kinds[moment].groups[i])
                at++;
            assert_true(at < GROUPS_LIMIT);
            groups[at] = moment_kinds[moment].groups[i];
            count += at == count;
        }
    return count;
}

static void
write_field(struct buffer *out, const struct field *field)
{
    buffer_printf(out, "| `%s` | `%s`", field->name, parameter_kinds[field_type(field)].name);
    for (enum parameter_type type = 0; type < PARAMETER_TYPE_COUNT; type++)
        if (type != field_type(field) && field_fits(field, type))
            buffer_printf(out, ", `%s`", parameter_kinds[type].name);
    buffer_printf(out, " | %s |\n", field->help);
}

static void
write_tables(struct buffer *out)
{
    const struct field_group *groups[GROUPS_LIMIT];
    size_t count = list_groups(groups);

    buffer_add_text(out, "| event | fields |\n|---|---|\n");
    for (enum moment moment = ON_NOTHING + 1; moment < MOMENT_COUNT; moment++) {
        buffer_printf(out, "| `%s` | ", moment_kinds[moment].option);
        for (size_t i = 0; moment_kinds[moment].groups[i] != NULL; i++)
            buffer_printf(out, "%s%s", i > 0 ? "; " : "", moment_kinds[moment].groups[i]->title);
        buffer_add_text(out, " |\n");
    }
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "\n### %s\n\n| field | types | |\n|---|---|---|\n", groups[i]->title);
        for (const struct field *field = groups[i]->fields; field->name != NULL; field++)
            write_field(out, field);
    }
}

static void
the_reference_shows_the_tables(void **state)
{
    char *path = xasprintf("%s/docs/reference/ffi.md", getenv("top_srcdir"));
    char *page = xcalloc(1, TEXT_LIMIT);
    FILE *in = fopen(path, "r");
    struct buffer tables;

    (void)state;
    assert_non_null(in);
    assert_true(fread(page, 1, TEXT_LIMIT - 1, in) > 0);
    fclose(in);
    buffer_init(&tables, TEXT_LIMIT);
    write_tables(&tables);
    if (strstr(page, tables.data) == NULL) {
        fprintf(stderr, "%s\n", tables.data);
        fail_msg("%s does not have the tables above", path);
    }
    buffer_clear(&tables);
    free(page);
    free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(numbers_are_told_as_they_are),
        cmocka_unit_test(the_reference_shows_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
