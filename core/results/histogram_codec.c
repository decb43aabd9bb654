/* SPDX-License-Identifier: Apache-2.0 */
/* HdrHistogram's V2 encoding of a histogram, as its tools in all languages write
 * and read it: a header and the counters as variable-length integers, deflated,
 * in base64. */
#include "results/histogram.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "results/histogram_layout.h"

enum {
    COOKIE_PLAIN = 0x1C849313,      /* version 2, counters as integers of up to 9 bytes */
    COOKIE_COMPRESSED = 0x1C849314, /* a deflated histogram of that kind follows */
    HEADER_SIZE = 40,
    WRAPPER_SIZE = 8, /* the compressed cookie and the length of what follows */
    INTEGER_SIZE_MAX = 9,
    COUNTERS_MAX = 28 * 1024,
    PLAIN_SIZE_MAX = HEADER_SIZE + COUNTERS_MAX * INTEGER_SIZE_MAX,
    /* A small window: its set-up would cost more than the few hundred bytes of an
     * ordinary histogram. Any reader of deflate takes it. */
    WINDOW_BITS = 12,
    MEMORY_LEVEL = 5,
};
#define COUNT_LIMIT (INT64_C(1) << 53) /* of one histogram: what every reader can count to */

static void
add_u32(struct buffer *out, uint32_t value)
{
    value = htobe32(value);
    buffer_add(out, &value, sizeof value);
}

static void
add_u64(struct buffer *out, uint64_t value)
{
    value = htobe64(value);
    buffer_add(out, &value, sizeof value);
}

static uint32_t
read_u32(const unsigned char *data)
{
    uint32_t value;

    memcpy(&value, data, sizeof value);
    return be32toh(value);
}

static uint64_t
read_u64(const unsigned char *data)
{
    uint64_t value;

    memcpy(&value, data, sizeof value);
    return be64toh(value);
}

/* Seven bits a byte, lowest first; the ninth byte holds eight. The sign is in
 * the lowest bit. */
static void
add_integer(struct buffer *out, int64_t value)
{
    uint64_t rest = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    int size = 1;

    for (; rest > 0x7F && size < INTEGER_SIZE_MAX; size++, rest >>= 7)
        buffer_add_char(out, (char)(rest | 0x80));
    buffer_add_char(out, (char)rest);
}

/* Returns the bytes it took, or 0 when the integer is cut off. */
static size_t
read_integer(const unsigned char *data, size_t length, int64_t *value)
{
    uint64_t bits = 0;

    for (size_t at = 0; at < length && at < INTEGER_SIZE_MAX; at++) {
        bool is_ninth = at == INTEGER_SIZE_MAX - 1;

        bits |= (uint64_t)(is_ninth ? data[at] : data[at] & 0x7F) << 7 * at;
        if (is_ninth || data[at] < 0x80) {
            *value = (int64_t)(bits >> 1 ^ (bits & 1 ? UINT64_MAX : 0));
            return at + 1;
        }
    }
    return 0;
}

/* A run of two or more zeros is one negative number, the length of the run. */
static void
add_counters(struct buffer *out, const struct histogram *histogram)
{
    uint32_t end = histogram_end(histogram);

    for (uint32_t index = 0; index < end;) {
        uint64_t count = histogram_counter(histogram, index);
        uint32_t zeros = 0;

        while (histogram_counter(histogram, index + zeros) == 0)
            zeros++; /* ends before `end`: the last counter is not 0 */
        add_integer(out, zeros > 1 ? -(int64_t)zeros : (int64_t)count);
        index += zeros > 1 ? zeros : 1;
    }
}

static void
add_plain(struct buffer *out, const struct histogram *histogram)
{
    double ratio = 1;
    uint64_t ratio_bits;
    uint32_t payload;

    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    add_u32(out, COOKIE_PLAIN);
    add_u32(out, 0); /* the payload's length, below */
    add_u32(out, 0); /* offset of the counters */
    add_u32(out, histogram->scale->digits);
    add_u64(out, 1);
    add_u64(out, HISTOGRAM_HIGHEST_US);
    add_u64(out, ratio_bits);
    add_counters(out, histogram);
    payload = htobe32((uint32_t)(out->length - HEADER_SIZE));
    memcpy(out->data + 4, &payload, sizeof payload);
}

static void
add_base64(struct buffer *out, const unsigned char *data, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t at = 0; at < length; at += 3) {
        uint32_t bits = (uint32_t)data[at] << 16;
        char four[4];

        if (at + 1 < length)
            bits |= (uint32_t)data[at + 1] << 8;
        if (at + 2 < length)
            bits |= data[at + 2];
        four[0] = digits[bits >> 18];
        four[1] = digits[bits >> 12 & 63];
        four[2] = at + 1 < length ? digits[bits >> 6 & 63] : '=';
        four[3] = at + 2 < length ? digits[bits & 63] : '=';
        buffer_add(out, four, sizeof four);
    }
}

/* zlib's memory is ours, so that only one place says that memory is gone. */
static void *
zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return xcalloc(count, size);
}

static void
zlib_free(void *opaque, void *memory)
{
    (void)opaque;
    free(memory);
}

void
histogram_encode(const struct histogram *histogram, struct buffer *out)
{
    z_stream stream = { .zalloc = zlib_alloc, .zfree = zlib_free };
    struct buffer plain;
    unsigned char *packed;
    uint32_t wrapper[2];
    size_t bound;
    int status;

    buffer_init(&plain, PLAIN_SIZE_MAX);
    add_plain(&plain, histogram);
    status = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                          Z_DEFAULT_STRATEGY);
    assert(status == Z_OK);
    bound = deflateBound(&stream, plain.length);
    packed = xmalloc(sizeof wrapper + bound);
    stream.next_in = (unsigned char *)plain.data;
    stream.avail_in = (unsigned)plain.length;
    stream.next_out = packed + sizeof wrapper;
    stream.avail_out = (unsigned)bound;
    status = deflate(&stream, Z_FINISH);
    assert(status == Z_STREAM_END);
    (void)status;
    wrapper[0] = htobe32(COOKIE_COMPRESSED);
    wrapper[1] = htobe32((uint32_t)stream.total_out);
    memcpy(packed, wrapper, sizeof wrapper);
    add_base64(out, packed, sizeof wrapper + stream.total_out);
    deflateEnd(&stream);
    free(packed);
    buffer_clear(&plain);
}

static int
base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* Returns the bytes of `text`, for free(), or NULL when it is not base64. */
static unsigned char *
base64_bytes(struct slice text, size_t *length)
{
    unsigned char *bytes = xmalloc(text.length / 4 * 3 + 3);
    uint32_t bits = 0;
    size_t padding = 0;

    *length = 0;
    while (padding < 2 && text.length > padding && text.data[text.length - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < text.length; at++) {
        bool is_padding = at >= text.length - padding;
        int value = is_padding ? 0 : base64_value(text.data[at]);

        if (value < 0 || text.length % 4 != 0) {
            free(bytes);
            return NULL;
        }
        bits = bits << 6 | (uint32_t)value;
        if (at % 4 == 3) {
            bytes[(*length)++] = (unsigned char)(bits >> 16);
            bytes[(*length)++] = (unsigned char)(bits >> 8);
            bytes[(*length)++] = (unsigned char)bits;
        }
    }
    *length -= padding;
    return bytes;
}

/* Sum, min and max as far as the counters tell: to the width of one. */
static void
estimate_exact(struct histogram *histogram)
{
    uint32_t end = histogram_end(histogram);
    double sum_us = 0;

    for (uint32_t index = 0; index < end; index++) {
        uint64_t count = histogram_counter(histogram, index);
        int64_t lowest_us = histogram_lowest_us(histogram->scale, index);
        int64_t highest_us = histogram_highest_us(histogram->scale, index);

        if (count > 0 && histogram->count == 0)
            histogram->min_us = lowest_us;
        if (count > 0)
            histogram->max_us = highest_us;
        histogram->count += count;
        sum_us += (double)count * (double)(lowest_us + (highest_us - lowest_us + 1) / 2);
    }
    histogram->sum_us = sum_us < 0x1p63 ? (int64_t)sum_us : INT64_MAX;
}

static int
read_counters(struct histogram *histogram, const unsigned char *data, size_t length, struct err *err)
{
    int64_t index = 0, total = 0, value;

    while (length > 0) {
        size_t taken = read_integer(data, length, &value);

        if (taken == 0)
            return err_set(err, "histogram is cut off at its counter %" PRId64, index);
        data += taken;
        length -= taken;
        if (value < -(int64_t)COUNTERS_MAX || value > COUNT_LIMIT - total)
            return err_set(err, "histogram counts more than 2^53 values at its counter %" PRId64, index);
        if (value > 0 && index >= histogram->scale->counter_count)
            return err_set(err, "histogram counts values above %" PRId64 " us", HISTOGRAM_HIGHEST_US);
        if (value > 0)
            histogram_count_at(histogram, (uint32_t)index, (uint64_t)value);
        total += value > 0 ? value : 0;
        index += value < 0 ? -value : 1;
    }
    return 0;
}

static struct histogram *
read_plain(const unsigned char *data, size_t length, struct err *err)
{
    const struct histogram_scale *scale;
    struct histogram *histogram;
    int64_t digits;

    if (length < HEADER_SIZE || read_u32(data) != COOKIE_PLAIN
        || read_u32(data + 4) != length - HEADER_SIZE) {
        err_set(err, "not a histogram in HdrHistogram's V2 encoding");
        return NULL;
    }
    digits = read_u32(data + 12);
    scale = histogram_scale(digits);
    if (scale == NULL || read_u64(data + 16) != 1) {
        err_set(err, "histogram has %" PRId64 " digits from %" PRIu64 " on; 2 or 3 digits from 1 on are read",
                digits, read_u64(data + 16));
        return NULL;
    }
    histogram = histogram_new(scale->digits);
    if (read_counters(histogram, data + HEADER_SIZE, length - HEADER_SIZE, err) < 0) {
        histogram_free(histogram);
        return NULL;
    }
    estimate_exact(histogram);
    return histogram;
}

struct histogram *
histogram_decode(struct slice base64, struct err *err)
{
    struct histogram *histogram = NULL;
    unsigned char *packed = NULL, *plain = NULL;
    unsigned long plain_length = PLAIN_SIZE_MAX;
    size_t packed_length;

    if (base64.length > HISTOGRAM_TEXT_LIMIT) {
        err_set(err, "histogram has %zu bytes, at most %d are read", base64.length, HISTOGRAM_TEXT_LIMIT);
        return NULL;
    }
    packed = base64_bytes(base64, &packed_length);
    if (packed == NULL || packed_length < WRAPPER_SIZE || read_u32(packed) != COOKIE_COMPRESSED
        || read_u32(packed + 4) != packed_length - WRAPPER_SIZE) {
        err_set(err, "not a compressed histogram in HdrHistogram's V2 encoding, in base64");
        goto done;
    }
    plain = xmalloc(PLAIN_SIZE_MAX);
    if (uncompress(plain, &plain_length, packed + WRAPPER_SIZE, packed_length - WRAPPER_SIZE) != Z_OK) {
        err_set(err, "histogram cannot be decompressed");
        goto done;
    }
    histogram = read_plain(plain, plain_length, err);
done:
    free(plain);
    free(packed);
    return histogram;
}
