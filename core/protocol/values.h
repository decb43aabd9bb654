/* SPDX-License-Identifier: Apache-2.0 */
/* From jansson's values to a draft, with what is wrong with them. */
#ifndef PROTOCOL_VALUES_H
#define PROTOCOL_VALUES_H

#include <jansson.h>

#include "protocol/draft.h"

/* An object's members as written; empty slices for those that are not there. */
struct members {
    struct slice sources[MEMBER_COUNT];
    uint64_t keys;
    uint32_t unknown_keys;
};

static inline struct slice
string_slice(const json_t *string)
{
    return (struct slice){ .data = json_string_value(string), .length = json_string_length(string) };
}

/* Reads those of the `wanted` members that are there. The draft borrows from
 * both the object and its text. */
bool values_read(const struct members *members, const json_t *object, uint64_t wanted, struct draft *draft,
                 struct refusal *refusal);

#endif
