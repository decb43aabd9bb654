/* SPDX-License-Identifier: Apache-2.0 */
/* Brings signatures, rows and users together. */
#include "parameters.h"

#include <stdlib.h>

#include "base/foreign.h"
#include "base/memory.h"
#include "base/signature.h"
#include "deal.h"
#include "rows.h"
#include "user.h"

_Static_assert((int)FOREIGN_ARGUMENTS_LIMIT > (int)SIGNATURE_PARAMETERS_LIMIT, "the user comes first");

struct call {
    struct signature signature;
    struct foreign *foreign;
    const struct rows *rows;
    size_t fields[SIGNATURE_PARAMETERS_LIMIT]; /* of each parameter */
};

struct parameters {
    struct call *calls;
    size_t call_count;
    struct rows rows; /* borrows its fields' names from the signatures */
    struct deal deal;
    uint64_t first_turn;
};

static int
prepare_call(struct call *call, struct err *err)
{
    enum foreign_type types[1 + SIGNATURE_PARAMETERS_LIMIT] = { FOREIGN_POINTER };

    for (size_t i = 0; i < call->signature.count; i++)
        types[1 + i] = parameter_kinds[call->signature.parameters[i].type].foreign;
    call->foreign = foreign_new(FOREIGN_VOID, types, 1 + call->signature.count, err);
    return call->foreign != NULL ? 0 : -1;
}

static int
add_call(struct parameters *parameters, struct test *test, struct err *err)
{
    struct call *call = &parameters->calls[parameters->call_count++];

    if (signature_parse(&call->signature, test->signature, err) < 0 || prepare_call(call, err) < 0)
        return err_add(err, "parameters of %s", test->name);
    call->rows = &parameters->rows;
    for (size_t i = 0; i < call->signature.count; i++)
        call->fields[i] = rows_field(&parameters->rows, &call->signature.parameters[i]);
    test->call = call;
    return 0;
}

static int
read_rows(struct parameters *parameters, const struct settings *settings, struct err *err)
{
    struct deal *deal = &parameters->deal;
    uint32_t last = settings->first_user + settings->process_users - 1;
    uint32_t most = settings->data_users > last ? settings->data_users : last;

    if (rows_read(&parameters->rows, settings->data, err) < 0)
        return -1;
    *deal = (struct deal){ .order = settings->data_order, .is_unique = settings->data_is_unique,
                           .rows = parameters->rows.count, .seed = seed_key(settings->seed),
                           .users = settings->total_users > last ? settings->total_users : last };
    parameters->first_turn = settings->first_turn;
    if (most < deal->users)
        most = deal->users;
    if (deal->is_unique && deal->rows < most)
        return err_set(err, "%s has %llu rows: not enough for %u users with rows of their own",
                       settings->data, (unsigned long long)deal->rows, (unsigned)most);
    return 0;
}

static const struct test *
first_with_parameters(const struct library *library)
{
    for (size_t i = 0; i < library->test_count; i++)
        if (library->tests[i].signature != NULL)
            return &library->tests[i];
    return NULL;
}

int
parameters_open(struct library *library, const struct settings *settings, struct err *err)
{
    const struct test *first = first_with_parameters(library);
    struct parameters *parameters;
    int result = 0;

    if (first == NULL && settings->data == NULL)
        return 0;
    if (first == NULL)
        return err_set(err, "--data %s: no test in %s has parameters", settings->data, settings->file);
    parameters = library->parameters = xcalloc(1, sizeof *parameters);
    parameters->calls = xcalloc(library->test_count, sizeof *parameters->calls);
    for (size_t i = 0; i < library->test_count && result == 0; i++)
        if (library->tests[i].signature != NULL)
            result = add_call(parameters, &library->tests[i], err);
    if (result == 0 && settings->data == NULL)
        result = err_set(err, "%s has parameters (%s): name a file with rows for them with --data",
                         first->name, first->signature);
    if (result == 0)
        result = read_rows(parameters, settings, err);
    if (result < 0)
        parameters_close(library);
    return result;
}

void
parameters_close(struct library *library)
{
    struct parameters *parameters = library->parameters;

    if (parameters == NULL)
        return;
    for (size_t i = 0; i < parameters->call_count; i++)
        foreign_free(parameters->calls[i].foreign);
    rows_clear(&parameters->rows);
    free(parameters->calls);
    free(parameters);
    library->parameters = NULL;
}

bool
parameters_deal(const struct library *library, struct loads_test *user)
{
    const struct parameters *parameters = library->parameters;

    if (parameters == NULL)
        return true;
    user->row = deal_row(&parameters->deal, user->number, parameters->first_turn + user->iteration - 1);
    return user->row != DEAL_NONE;
}

void
test_call(const struct test *test, struct loads_test *user)
{
    const struct call *call = test->call;
    union foreign_value values[1 + SIGNATURE_PARAMETERS_LIMIT];

    if (call == NULL) {
        test->run(user);
        return;
    }
    values[0].as_pointer = user;
    for (size_t i = 0; i < call->signature.count; i++)
        values[1 + i] = rows_value(call->rows, user->row, call->fields[i]);
    foreign_call(call->foreign, (foreign_function *)test->run, values);
}
