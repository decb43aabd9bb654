/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder takes from the heap: nothing on the fast path once it exists,
 * and at most 8 MiB for the worst frame on the slow one. The allocator is our
 * own here, so that jansson's calls count too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "protocol/decoder.h"

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
/* A sanitizer brings an allocator with larger blocks; the test is skipped. */
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define IS_COUNTING 0
#else
#define IS_COUNTING 1
#endif

/* The allocator has no other way to hand out what it counts. */
static size_t heap_calls, heap_bytes, heap_peak;

#if IS_COUNTING
#define EXPORTED __attribute__((visibility("default")))
extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *block);
EXPORTED void *malloc(size_t size);
EXPORTED void *calloc(size_t count, size_t size);
EXPORTED void *realloc(void *old, size_t size);
EXPORTED void free(void *block);

static void
count_block(void *block)
{
    heap_calls++;
    heap_bytes += malloc_usable_size(block);
    if (heap_bytes > heap_peak)
        heap_peak = heap_bytes;
}

void *
malloc(size_t size)
{
    void *block = __libc_malloc(size);

    count_block(block);
    return block;
}

void *
calloc(size_t count, size_t size)
{
    void *block = size > 0 && count > SIZE_MAX / size ? NULL : malloc(count * size);

    return block != NULL ? memset(block, 0, count * size) : NULL;
}

void *
realloc(void *old, size_t size)
{
    size_t before = malloc_usable_size(old);
    void *block = __libc_realloc(old, size);

    count_block(block);
    heap_bytes -= before;
    return block;
}

void
free(void *block)
{
    heap_bytes -= malloc_usable_size(block);
    __libc_free(block);
}
#endif

static void
on_message(void *context, const struct message *message)
{
    size_t *count = context;

    (void)message;
    (*count)++;
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    (void)reason, (void)why, (void)text;
    on_message(context, NULL);
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    (void)data_type, (void)text;
    on_message(context, NULL);
}

static void
fast_path_allocates_nothing(void **state)
{
    static const char *const frames[] = {
        ("{\"data_type\":\"add_hit\",\"url\":\"http://h/\\u00e9\",\"method\":\"GET\",\"status\":200,\"elapsed\":0.0123455,"
         "\"started\":\"2013-06-14T12:09:02.860586\",\"loads_status\":[1,\"2\",3,4],\"agent_id\":\"a\",\"tags\":{\"a\":1}}"),
        "{\"test\": \"t\\n\", \"data_type\": \"startTest\", \"worker_id\": \"1\", \"else\": \"\xC3\xA9\"}",
        "[{\"data_type\":\"addError\",\"test\":\"t\",\"exc\":[\"a\",\"b\",\"c\\\"\"]},{\"data_type\":\"socket_open\"}]",
        "{\"data_type\":\"metric\",\"name\":\"m\",\"value\":0.12345678901234567,\"kind\":\"trend\"}",
    };
    size_t count = 0, calls;
    struct decoder_sink sink = { &count, on_message, on_rejected, on_unknown };
    struct decoder *decoder;

    (void)state;
    if (!IS_COUNTING)
        skip();
    decoder = decoder_new();
    calls = heap_calls;
    for (int i = 0; i < 10000; i++)
        decoder_decode(decoder, slice_of(frames[i % 4]), &sink);
    assert_int_equal(heap_calls - calls, 0);
    assert_int_equal(count, 12500);
    assert_int_equal(decoder_stats(decoder).slow, 0);
    decoder_free(decoder);
}

/* Fills what is left of a frame with `piece`. */
static void
fill(struct buffer *frame, const char *before, const char *piece, size_t most, const char *after)
{
    size_t room = MESSAGE_FRAME_LIMIT - strlen(before) - strlen(after) - 1;

    buffer_reset(frame);
    buffer_add_text(frame, before);
    for (size_t i = 0; i < most && (i + 1) * strlen(piece) <= room; i++)
        buffer_add_text(frame, piece);
    buffer_add_text(frame, after);
    assert_false(frame->is_full);
}

/* A message of strings, each as long as allowed, until the frame is full. */
static void
fill_with_strings(struct buffer *frame, const char *piece, size_t per_string)
{
    buffer_reset(frame);
    buffer_add_text(frame, "{\"data_type\":\"x\",\"l\":[0");
    while (frame->length + per_string * strlen(piece) + 8 < MESSAGE_FRAME_LIMIT) {
        buffer_add_text(frame, ",\"");
        for (size_t i = 0; i < per_string; i++)
            buffer_add_text(frame, piece);
        buffer_add_text(frame, "\"");
    }
    buffer_add_text(frame, "]}");
}

static void
assert_peak(struct decoder *decoder, const struct buffer *frame, size_t base, const char *name)
{
    enum { HEAP_LIMIT = 8 * 1024 * 1024 };
    size_t count = 0;
    struct decoder_sink sink = { &count, on_message, on_rejected, on_unknown };
    size_t before = heap_bytes;

    heap_peak = heap_bytes;
    decoder_slow(decoder, (struct slice){ frame->data, frame->length }, &sink);
    print_message("# %s: %zu KiB, of which the decoder's own %zu\n", name, (heap_peak - base) / 1024,
                  (before - base) / 1024);
    assert_true(count > 0);
    assert_in_range(heap_peak - base, 0, HEAP_LIMIT);
}

static void
hostile_frames_stay_below_8_mib(void **state)
{
    static const struct { const char *name, *before, *piece; size_t most; const char *after; } cases[] = {
        { "empty objects", "[{}", ",{}", SIZE_MAX, "]" },
        { "as many empty objects as allowed", "[{}", ",             {}", MESSAGE_BATCH_LIMIT - 1, "]" },
        { "nesting", "", "[", SIZE_MAX, "" },
        { "objects in a message", "{\"data_type\":\"x\",\"l\":[0", ",{}", MESSAGE_VALUES_LIMIT - 4, "]}" },
        { "objects with a key", "{\"data_type\":\"x\",\"l\":[0", ",{\"a\":1}", MESSAGE_VALUES_LIMIT / 2 - 2, "]}" },
        { "arrays in a message", "{\"data_type\":\"x\",\"l\":[0", ",[]", MESSAGE_VALUES_LIMIT - 4, "]}" },
        { "numbers", "{\"data_type\":\"x\",\"l\":[0", ",1", SIZE_MAX, "]}" },
        { "long numbers", "{\"data_type\":\"x\",\"l\":[0",
          ",1.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
          MESSAGE_VALUES_LIMIT - 4, "]}" },
        { "one long string", "{\"data_type\":\"", "x", SIZE_MAX, "\"}" },
        { "short strings", "{\"data_type\":\"x\",\"l\":[0",
          ",\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
          "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901\"",
          MESSAGE_VALUES_LIMIT - 4, "]}" },
        { "a message that never ends", "{\"data_type\":\"x\",\"l\":[0", ",{\"a\":1}", MESSAGE_VALUES_LIMIT / 2 - 2, "" },
        { "a batch", "{\"data_type\":\"batch\",\"agent_id\":\"a\",\"counts\":{\"x\":[{}", ",{\"l\":1}", 65535, "]}}" },
    };
    size_t base = heap_bytes;
    struct decoder *decoder;
    struct buffer frame;

    (void)state;
    if (!IS_COUNTING)
        skip();
    buffer_init(&frame, 2 * MESSAGE_FRAME_LIMIT);
    fill(&frame, "", "x", SIZE_MAX, ""); /* the frame's memory is not the decoder's */
    base = heap_bytes;
    decoder = decoder_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fill(&frame, cases[i].before, cases[i].piece, cases[i].most, cases[i].after);
        assert_peak(decoder, &frame, base, cases[i].name);
    }
    fill_with_strings(&frame, "x", MESSAGE_STRING_LIMIT);
    assert_peak(decoder, &frame, base, "long strings");
    fill_with_strings(&frame, "\\u0001", MESSAGE_STRING_LIMIT);
    assert_peak(decoder, &frame, base, "long strings of escapes");
    decoder_free(decoder);
    assert_int_equal(heap_bytes, base);
    buffer_clear(&frame);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_path_allocates_nothing),
        cmocka_unit_test(hostile_frames_stay_below_8_mib),
    };

    return cmocka_run_group_tests_name("decoder memory", tests, NULL, NULL);
}
