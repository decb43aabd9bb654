/* SPDX-License-Identifier: Apache-2.0 */
/* The same targets for clang's coverage-guided fuzzer (make fuzz-readers): the one
 * that FUZZ_TARGET in the environment names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* The fuzzer hands nothing from one to the other. */
static const struct reader *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ_TARGET");

    (void)argc;
    (void)argv;
    for (size_t i = 0; readers[i] != NULL; i++)
        if (name != NULL && strcmp(readers[i]->name, name) == 0)
            target = readers[i];
    READER_CHECK(target != NULL);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    target->run((const char *)data, length);
    return 0;
}
