/* SPDX-License-Identifier: Apache-2.0 */
/* A message as plugins get it: one piece of memory that holds the event and
 * copies of all its strings. */
#ifndef PLUGINS_RECORD_H
#define PLUGINS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"

struct record {
    struct loads_event event; /* its pointers lead into `strings` */
    char strings[];
};

/* Bytes that record_write will fill. */
size_t record_size(const struct message *message, const char *run_id);

/* Writes the record for good: it must not be moved. */
void record_write(struct record *record, const struct message *message, uint32_t target,
                  int64_t received_us, const char *run_id);

#endif
