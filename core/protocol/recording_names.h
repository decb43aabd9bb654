/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded message stands in one object with received_us and target. A member of
 * its own whose name is one of ours (received_us, target, loads), with or without
 * underscores in front, gets one more when it is written and loses it when it is
 * read: names stay unique, and nothing is changed for good. */
#ifndef PROTOCOL_RECORDING_NAMES_H
#define PROTOCOL_RECORDING_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* The string that starts at the quote `text`, both quotes included. */
struct slice recording_string_at(const char *text, size_t length);

/* Whether the quoted text is a name of ours behind any number of underscores,
 * however its letters are spelt. */
bool recording_name_is_ours(struct slice quoted);

/* Takes the underscores away again, in place; returns the new length. */
size_t recording_restore_names(char *object, size_t length);

#endif
