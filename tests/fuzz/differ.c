/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what the fast path, the slow path and both together report. */
#include "differ.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "wire/report.h"

enum { REPORT_LIMIT = 64 * 1024 * 1024 };

void
differ_init(struct differ *differ)
{
    differ->decoder = decoder_new();
    buffer_init(&differ->slow, REPORT_LIMIT);
    buffer_init(&differ->other, REPORT_LIMIT);
}

void
differ_clear(struct differ *differ)
{
    decoder_free(differ->decoder);
    buffer_clear(&differ->slow);
    buffer_clear(&differ->other);
}

static struct slice
reported(const struct buffer *buffer)
{
    return (struct slice){ .data = buffer->data, .length = buffer->length };
}

static bool
starts_line(const struct buffer *report, const char *word)
{
    const char *at = report->length > 0 ? report->data : "";
    size_t length = strlen(word);

    while (at != NULL && strncmp(at, word, length) != 0) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL;
}

static void
show(const struct differ *differ, const char *path, struct slice input)
{
    printf("# DIFFERENCE: %s\n# input: %.*s\n# slow:\n%s# %s:\n%s", path, (int)input.length, input.data,
           differ->slow.length > 0 ? differ->slow.data : "", path,
           differ->other.length > 0 ? differ->other.data : "");
    fflush(stdout);
}

enum verdict
differ_run(struct differ *differ, struct slice input, bool *is_fast)
{
    /* A block of its own, so that a sanitizer sees each byte read past the end. */
    char *copy = xmalloc(input.length);
    struct report slow, other;
    struct decoder_sink slow_sink, other_sink;
    enum verdict verdict = VERDICT_DIFFERS;

    if (input.length > 0)
        memcpy(copy, input.data, input.length);
    input.data = copy;
    slow = (struct report){ .out = &differ->slow, .frame = input };
    other = (struct report){ .out = &differ->other, .frame = input };
    slow_sink = report_sink(&slow);
    other_sink = report_sink(&other);
    buffer_reset(&differ->slow);
    buffer_reset(&differ->other);

    decoder_slow(differ->decoder, input, &slow_sink);
    *is_fast = decoder_fast(differ->decoder, input, &other_sink);
    if (!*is_fast ? differ->other.length > 0 : !slice_equal(reported(&differ->slow), reported(&differ->other))) {
        show(differ, "decoder_fast", input);
        goto done;
    }
    buffer_reset(&differ->other);
    decoder_decode(differ->decoder, input, &other_sink);
    if (!slice_equal(reported(&differ->slow), reported(&differ->other))) {
        show(differ, "decoder_decode", input);
        goto done;
    }
    verdict = differ->slow.length == 0 || starts_line(&differ->slow, "rejected ")
                   || starts_line(&differ->slow, "unknown")
                ? VERDICT_INVALID
                : VERDICT_VALID;
done:
    free(copy);
    return verdict;
}
