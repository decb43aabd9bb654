/* SPDX-License-Identifier: Apache-2.0 */
/* For libFuzzer: any bytes, read whole and cut, must give the same answer. The
 * first byte says how they are cut, and whether the request was HEAD. */
#include <stdlib.h>
#include <string.h>

#include "http1_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum http1_event event;
    struct buffer text; /* headers and body */
    int status;
    bool may_stay;
};

static struct outcome
read_answer(const char *data, size_t size, size_t step, bool is_head, struct http1_known *known)
{
    struct outcome outcome = { .event = HTTP1_MORE };
    struct http1_parser parser;
    struct slice out;

    buffer_init(&outcome.text, 1 << 20);
    http1_parser_init(&parser);
    http1_parser_begin(&parser, is_head, known);
    for (size_t at = 0; outcome.event == HTTP1_MORE && at < size; at += step) {
        struct slice in = { .data = data + at, .length = step < size - at ? step : size - at };

        while ((outcome.event = http1_next(&parser, &in, &out)) == HTTP1_STATUS ||
               outcome.event == HTTP1_HEADER || outcome.event == HTTP1_BODY) {
            if (outcome.event != HTTP1_STATUS)
                buffer_add_slice(&outcome.text, out);
        }
    }
    if (outcome.event == HTTP1_MORE)
        outcome.event = http1_finish(&parser);
    outcome.status = parser.head.status;
    outcome.may_stay = http1_may_stay(&parser);
    http1_parser_clear(&parser);
    return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http1_known known = { .told = 0 };
    struct outcome whole, cut;

    if (size < 1)
        return 0;
    /* The second time its head may be known. */
    buffer_init(&known.lines, 4096);
    whole = read_answer((const char *)data + 1, size - 1, size, (data[0] & 1) != 0, &known);
    buffer_clear(&whole.text);
    whole = read_answer((const char *)data + 1, size - 1, size, (data[0] & 1) != 0, &known);
    cut = read_answer((const char *)data + 1, size - 1, 1 + (data[0] >> 1) % 16, (data[0] & 1) != 0, NULL);
    if (whole.event != cut.event || whole.status != cut.status || whole.may_stay != cut.may_stay ||
        whole.text.length != cut.text.length ||
        (whole.text.length > 0 && memcmp(whole.text.data, cut.text.data, whole.text.length) != 0))
        abort();
    buffer_clear(&whole.text);
    buffer_clear(&cut.text);
    buffer_clear(&known.lines);
    return 0;
}
