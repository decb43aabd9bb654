/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib. */
#include "gunzip.h"

#include <zlib.h>

enum { WINDOW_OF_GZIP = 15 + 16, PIECE_SIZE = 16 * 1024 };

/* All members, one after the other, to the last byte. */
static enum gunzip_result
inflate_all(z_stream *stream, struct buffer *out)
{
    unsigned char piece[PIECE_SIZE];
    int code;

    do {
        stream->next_out = piece;
        stream->avail_out = sizeof piece;
        code = inflate(stream, Z_NO_FLUSH);
        buffer_add(out, piece, sizeof piece - stream->avail_out);
        if (out->is_full)
            return GUNZIP_TOO_BIG;
        if (code == Z_STREAM_END && stream->avail_in > 0)
            code = inflateReset(stream);
    } while (code == Z_OK);
    return code == Z_STREAM_END ? GUNZIP_DONE : GUNZIP_BROKEN;
}

enum gunzip_result
gunzip(struct buffer *body)
{
    z_stream stream = { .next_in = (unsigned char *)body->data, .avail_in = (uInt)body->length };
    struct buffer out;
    enum gunzip_result result;

    buffer_init(&out, body->limit);
    if (inflateInit2(&stream, WINDOW_OF_GZIP) != Z_OK)
        return GUNZIP_BROKEN;
    result = inflate_all(&stream, &out);
    inflateEnd(&stream);
    buffer_clear(body);
    *body = out;
    return result;
}
