/* SPDX-License-Identifier: Apache-2.0 */
/* What the C runner makes of a compressed body. */
#include "gunzip.h"
#include "reader.h"

enum { BODY_LIMIT = 256 * 1024 };

static void
run(const char *data, size_t length)
{
    struct buffer body;
    enum gunzip_result result;

    buffer_init(&body, BODY_LIMIT);
    buffer_add(&body, data, length);
    result = gunzip(&body);
    READER_CHECK(body.length <= BODY_LIMIT && body.limit == BODY_LIMIT);
    READER_CHECK((result == GUNZIP_TOO_BIG) == body.is_full);
    buffer_clear(&body);
}

const struct reader reader_gunzip = { .name = "gunzip", .run = run };
