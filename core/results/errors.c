/* SPDX-License-Identifier: Apache-2.0 */
/* Errors by text. A row's key is the class, a NUL and the message without addresses. */
#include "results/errors.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "results/key.h"
#include "results/results.h"

enum {
    CLASS_LIMIT = 256,
    ADDRESS_DIGITS_MIN = 9,        /* fewer are an error's number, as 0x80004005 */
    ADDRESSED_LIMIT = 8 * 1024,    /* bytes of a message that is looked through */
};

/* What all three kinds of message have in common. A hit's error has no class of
 * its own. */
struct error_text {
    struct slice class_name, message, traceback;
};

static struct error_text
text_of(const struct message *message)
{
    if (message->type == LOADS_HIT)
        return (struct error_text){ .class_name = SLICE("HitError"), .message = message->as.hit.error };
    return (struct error_text){ .class_name = message->as.test.class_name,
                                .message = message->as.test.message,
                                .traceback = message->as.test.traceback };
}

void
errors_init(struct errors *errors)
{
    *errors = (struct errors){ 0 };
    key_table_init(&errors->table, sizeof(struct error_row), RESULTS_ERRORS_LIMIT);
}

void
errors_clear(struct errors *errors)
{
    for (size_t i = 0; i < errors->table.row_count; i++)
        free(((struct error_row *)errors->table.rows[i])->traceback);
    errors->other = (struct error_row){ 0 };
    key_table_clear(&errors->table);
}

void
errors_reset(struct errors *errors)
{
    for (size_t i = 0; i < errors->table.touched_count; i++) {
        struct error_row *row = (struct error_row *)errors->table.touched[i];

        row->count = 0;
        row->traceback_length = 0;
    }
    errors->other.count = 0;
    key_table_reset(&errors->table);
}

bool
error_row_trace(struct error_row *row, struct slice traceback, const struct stamp *stamp, size_t *room)
{
    if (row->traceback == NULL) {
        if (*room < RESULTS_TRACEBACK_LIMIT)
            return false;
        *room -= RESULTS_TRACEBACK_LIMIT;
        row->traceback = xmalloc(RESULTS_TRACEBACK_LIMIT);
    }
    traceback = utf8_prefix(traceback, RESULTS_TRACEBACK_LIMIT);
    memcpy(row->traceback, traceback.data, traceback.length);
    row->traceback_length = traceback.length;
    row->first = *stamp;
    return true;
}

/* The length of the address that begins `text`, "0x" and its digits; 0: there is none. */
static size_t
address_length(struct slice text)
{
    size_t length = 2;

    if (text.length < 2 || text.data[0] != '0' || text.data[1] != 'x')
        return 0;
    while (length < text.length && isxdigit((unsigned char)text.data[length]))
        length++;
    return length >= 2 + ADDRESS_DIGITS_MIN ? length : 0;
}

/* Python, Ruby and others show objects with their addresses ("<Connection object at
 * 0x7f02a8a54310>"): the same error would be another one each time. */
static struct slice
without_addresses(struct slice message, char room[static ADDRESSED_LIMIT])
{
    static const char mark[] = "0x...";
    size_t length = 0;

    if (message.length > ADDRESSED_LIMIT || message.length == 0 ||
        memmem(message.data, message.length, "0x", 2) == NULL)
        return message;
    for (size_t at = 0; at < message.length;) {
        size_t address = address_length((struct slice){ message.data + at, message.length - at });

        if (address > 0) {
            memcpy(room + length, mark, sizeof mark - 1);
            length += sizeof mark - 1;
            at += address;
        } else {
            room[length++] = message.data[at++];
        }
    }
    return (struct slice){ .data = room, .length = length };
}

struct error_row *
errors_claim(struct errors *errors, struct slice class_name, struct slice message, size_t *room)
{
    char text[ADDRESSED_LIMIT];
    struct key key;

    message = without_addresses(message, text);
    key_begin(&key);
    key_add_text(&key, class_name, CLASS_LIMIT);
    key_add_byte(&key, '\0');
    key_add_text(&key, message, RESULTS_MESSAGE_LIMIT);
    return key_table_claim(&errors->table, key_slice(&key), room);
}

void
errors_add(struct errors *errors, const struct message *message, uint32_t second, size_t *room)
{
    struct error_text text = text_of(message);
    struct error_row *row = errors_claim(errors, text.class_name, text.message, room);

    if (row != NULL && text.traceback.length > 0) {
        struct stamp stamp = stamp_of(message, second);

        if ((row->traceback_length == 0 || stamp_compare(&stamp, &row->first) < 0)
            && !error_row_trace(row, text.traceback, &stamp, room))
            row = NULL;
    }
    if (row == NULL)
        row = &errors->other;
    row->count++;
}

/* Whether the traceback of `from` comes before that of `row`. Two senders without
 * sequence numbers may tie: then the text decides. */
static bool
is_earlier(const struct error_row *from, const struct error_row *row, bool is_other_run)
{
    size_t shorter = from->traceback_length < row->traceback_length ? from->traceback_length
                                                                    : row->traceback_length;
    int order;

    if (from->traceback_length == 0 || row->traceback_length == 0)
        return from->traceback_length > 0;
    order = is_other_run ? 0 : stamp_compare(&from->first, &row->first);
    if (order == 0)
        order = memcmp(from->traceback, row->traceback, shorter);
    return order < 0 || (order == 0 && from->traceback_length < row->traceback_length);
}

void
errors_merge(struct errors *errors, const struct errors *from, bool is_other_run, size_t *room)
{
    for (size_t i = 0; i < from->table.touched_count; i++) {
        const struct error_row *row = (const struct error_row *)from->table.touched[i];
        struct slice key = key_table_key(&from->table, &row->key);
        struct slice traceback = { .data = row->traceback, .length = row->traceback_length };
        struct error_row *into;

        if (row->count == 0) /* all went to the other row */
            continue;
        into = key_table_claim(&errors->table, key, room);
        if (into != NULL && is_earlier(row, into, is_other_run)
            && !error_row_trace(into, traceback, &row->first, room))
            into = NULL;
        if (into == NULL)
            into = &errors->other;
        into->count += row->count;
    }
    errors->other.count += from->other.count;
}

/* The class holds no NUL: the decoders refuse it. */
struct slice
errors_class(const struct errors *errors, const struct error_row *row)
{
    struct slice key = key_table_key(&errors->table, &row->key);

    return (struct slice){ .data = key.data, .length = strnlen(key.data, key.length) };
}

struct slice
errors_message(const struct errors *errors, const struct error_row *row)
{
    struct slice key = key_table_key(&errors->table, &row->key);
    size_t from = strnlen(key.data, key.length) + 1;

    return (struct slice){ .data = key.data + from, .length = key.length - from };
}

/* For an array that is in the order of keys: where the counts are equal the place
 * in it decides. */
struct ranked {
    struct error_row *row;
    size_t place;
};

static int
compare_ranked(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;

    if (left->row->count != right->row->count)
        return left->row->count > right->row->count ? -1 : 1;
    return left->place < right->place ? -1 : 1;
}

struct error_row **
errors_sorted(const struct errors *errors)
{
    size_t count = errors->table.row_count;
    struct error_row **rows = (struct error_row **)key_table_sorted(&errors->table);
    struct ranked *ranked = xreallocarray(NULL, count, sizeof *ranked);

    for (size_t i = 0; i < count; i++)
        ranked[i] = (struct ranked){ .row = rows[i], .place = i };
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < count; i++)
        rows[i] = ranked[i].row;
    free(ranked);
    return rows;
}
