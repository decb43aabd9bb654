/* SPDX-License-Identifier: Apache-2.0 */
/* The same comparison for clang's coverage-guided fuzzer (make fuzz-decoder-clang). */
#include <stdlib.h>

#include "differ.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    /* The fuzzer keeps nothing for its target, and a decoder's memory is large. */
    static struct differ differ;
    bool is_fast;

    if (differ.decoder == NULL)
        differ_init(&differ);
    if (differ_run(&differ, (struct slice){ (const char *)data, length }, &is_fast) == VERDICT_DIFFERS)
        abort();
    return 0;
}
