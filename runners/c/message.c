/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON, written by hand: the order of the members is fixed, so most of
 * the text is too. Texts that come from tests and servers are cut, so that a
 * message has a largest size and stays within the host's limits. */
#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"

enum {
    URL_LIMIT = 8192,
    COUNTER_LIMIT = 256, /* a name of a counter or metric */
    ENVELOPE_LIMIT = 4096,
};

/* As buffer_add; most of a message are short texts of fixed length, for which
 * the call would cost more than the copy. */
static inline void
put(struct buffer *out, const char *data, size_t length)
{
    if (out->is_full || length >= out->capacity - out->length || length > out->limit - out->length) {
        buffer_add(out, data, length);
        return;
    }
    memcpy(out->data + out->length, data, length);
    out->length += length;
    out->data[out->length] = '\0';
}

#define ADD(out, literal) put((out), (literal), sizeof(literal) - 1)

/* Whether JSON writes the text as it is. */
static bool
is_simple(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
            return false;
    }
    return true;
}

static void
add_text(struct buffer *out, const char *text, size_t limit)
{
    struct json_writer json = { .out = out };
    size_t length = strnlen(text, limit + 1);
    struct slice kept = { .data = text, .length = length };

    if (length <= limit && is_simple(text, length)) {
        ADD(out, "\"");
        put(out, text, length);
        ADD(out, "\"");
        return;
    }
    json_put_slice(&json, NULL, length > limit ? utf8_prefix(kept, limit) : kept);
}

/* As json_put_int, without the price of printf: several stand in each message. */
static void
add_digits(struct buffer *out, uint64_t value, int width)
{
    char digits[24];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        width--;
    } while (value > 0 || width > 0);
    put(out, digits + at, sizeof digits - at);
}

/* Microseconds as decimal seconds, exactly. */
static void
add_seconds(struct buffer *out, int64_t us)
{
    uint64_t positive = us > 0 ? (uint64_t)us : 0;

    add_digits(out, positive / 1000000, 1);
    ADD(out, ".");
    add_digits(out, positive % 1000000, 6);
}

void
envelope_init(struct envelope *envelope, const struct settings *settings)
{
    char hostname[256] = "";
    struct buffer text;

    gethostname(hostname, sizeof hostname - 1);
    buffer_init(&text, 8 * ENVELOPE_LIMIT);
    ADD(&text, "\"agent_id\":");
    add_text(&text, settings->agent_id, ENVELOPE_LIMIT / 4);
    ADD(&text, ",\"run_id\":");
    add_text(&text, settings->run_id, ENVELOPE_LIMIT / 4);
    ADD(&text, ",\"hostname\":");
    add_text(&text, hostname, ENVELOPE_LIMIT / 4);
    *envelope = (struct envelope){
        .length = text.length,
        .text = text.data, /* free() is all it takes */
        .users = settings->total_users,
        .hits = settings->hits,
        .has_additions = settings->protocol >= 2,
    };
}

void
envelope_clear(struct envelope *envelope)
{
    free(envelope->text);
    envelope->text = NULL;
}

/* By duration nobody knows how many hits there will be: so far as many as this. */
static void
add_status(struct buffer *out, const struct envelope *envelope, const struct event *event)
{
    ADD(out, ",\"loads_status\":[");
    add_digits(out, envelope->hits > 0 ? envelope->hits : event->iteration, 1);
    ADD(out, ",");
    add_digits(out, envelope->users, 1);
    ADD(out, ",");
    add_digits(out, event->iteration, 1);
    ADD(out, ",");
    add_digits(out, event->user, 1);
    ADD(out, "]");
}

static void
add_phases(struct buffer *out, const struct hit *hit)
{
    const struct { const char *key; int64_t us; } phases[] = {
        { ",\"dns\":", hit->dns_us },
        { ",\"connect\":", hit->connect_us },
        { ",\"tls\":", hit->tls_us },
        { ",\"ttfb\":", hit->ttfb_us },
    };

    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        if (phases[i].us >= 0) {
            buffer_add_text(out, phases[i].key);
            add_seconds(out, phases[i].us);
        }
    }
}

/* The second of many hits is the same: only the fraction is written anew. */
static void
add_date(struct buffer *out, struct envelope *envelope, int64_t unix_ns)
{
    enum { WHOLE = sizeof "2026-11-21T23:54:01." - 1 };

    if (unix_ns < envelope->second_unix_ns || unix_ns - envelope->second_unix_ns >= NS_PER_S) {
        clock_rfc3339(unix_ns, envelope->second);
        envelope->second_unix_ns = unix_ns - unix_ns % NS_PER_S;
    }
    put(out, envelope->second, WHOLE);
    add_digits(out, (uint64_t)(unix_ns % NS_PER_S / NS_PER_US), 6);
    ADD(out, "Z");
}

static void
add_hit(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    const struct hit *hit = event->as.hit;
    ADD(out, ",\"url\":");
    add_text(out, hit->url, URL_LIMIT);
    ADD(out, ",\"method\":");
    add_text(out, hit->method, COUNTER_LIMIT);
    ADD(out, ",\"status\":");
    add_digits(out, (uint64_t)hit->status, 1);
    ADD(out, ",\"started\":\"");
    add_date(out, envelope, hit->started_unix_ns);
    ADD(out, "\",\"elapsed\":");
    add_seconds(out, hit->elapsed_us);
    if (!envelope->has_additions)
        return;
    if (hit->name != NULL) {
        ADD(out, ",\"name\":");
        add_text(out, hit->name, MESSAGE_TEXT_LIMIT);
    }
    if (hit->error != NULL) {
        ADD(out, ",\"error\":");
        add_text(out, hit->error, MESSAGE_TEXT_LIMIT);
    }
    add_phases(out, hit);
    ADD(out, ",\"bytes_in\":");
    add_digits(out, (uint64_t)hit->bytes_in, 1);
    ADD(out, ",\"bytes_out\":");
    add_digits(out, (uint64_t)hit->bytes_out, 1);
}

static void
add_stop(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    if (!envelope->has_additions)
        return;
    ADD(out, ",\"elapsed\":");
    add_seconds(out, event->as.elapsed_us);
}

/* [message, class, traceback], the order of the documents. */
static void
add_problem(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    const struct problem *problem = event->as.problem;
    struct buffer traceback;

    (void)envelope;
    buffer_init(&traceback, 2 * MESSAGE_TEXT_LIMIT);
    if (problem->traceback != NULL)
        buffer_add_text(&traceback, problem->traceback);
    else if (problem->file != NULL)
        buffer_printf(&traceback, "%s:%d: in %s", problem->file, problem->line, event->test);
    ADD(out, ",\"exc_info\":[");
    add_text(out, problem->message, MESSAGE_TEXT_LIMIT);
    ADD(out, ",");
    add_text(out, problem->class_name, COUNTER_LIMIT);
    ADD(out, ",");
    add_text(out, traceback.data != NULL ? traceback.data : "", MESSAGE_TEXT_LIMIT);
    ADD(out, "]");
    buffer_clear(&traceback);
}

static void
add_value(struct buffer *out, const struct event *event)
{
    struct json_writer json = { .out = out, .needs_comma = true };

    ADD(out, ",\"name\":");
    add_text(out, event->as.metric.name, COUNTER_LIMIT);
    json_put_real(&json, "value", event->as.metric.value);
}

static void
add_counter(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    (void)envelope;
    add_value(out, event);
}

static void
add_metric(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    static const char *const kinds[] = {
        [EVENT_GAUGE] = "gauge", [EVENT_RATE] = "rate", [EVENT_TREND] = "trend",
    };
    struct json_writer json = { .out = out, .needs_comma = true };

    (void)envelope;
    add_value(out, event);
    json_put_text(&json, "kind", kinds[event->type]);
}

static void
add_size(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    (void)envelope;
    ADD(out, ",\"size\":");
    add_digits(out, event->as.socket_bytes, 1);
}

struct format {
    const char *data_type;
    void (*add)(struct buffer *out, struct envelope *envelope, const struct event *event);
    bool is_addition;
};

static const struct format formats[] = {
    [EVENT_TEST_START] = { .data_type = "startTest" },
    [EVENT_TEST_STOP] = { .data_type = "stopTest", .add = add_stop },
    [EVENT_SUCCESS] = { .data_type = "addSuccess" },
    [EVENT_FAILURE] = { .data_type = "addFailure", .add = add_problem },
    [EVENT_ERROR] = { .data_type = "addError", .add = add_problem },
    [EVENT_HIT] = { .data_type = "add_hit", .add = add_hit },
    [EVENT_COUNTER] = { .data_type = "incr_counter", .add = add_counter },
    [EVENT_GAUGE] = { .data_type = "metric", .add = add_metric, .is_addition = true },
    [EVENT_RATE] = { .data_type = "metric", .add = add_metric, .is_addition = true },
    [EVENT_TREND] = { .data_type = "metric", .add = add_metric, .is_addition = true },
    [EVENT_SOCKET_OPEN] = { .data_type = "socket_open" },
    [EVENT_SOCKET_CLOSE] = { .data_type = "socket_close" },
    [EVENT_SOCKET_MESSAGE] = { .data_type = "socket_message", .add = add_size },
    [EVENT_FOREIGN] = { .data_type = NULL }, /* it has its own */
};

static void
add_envelope(struct buffer *out, const struct envelope *envelope, uint64_t seq)
{
    put(out, envelope->text, envelope->length);
    if (envelope->has_additions) {
        ADD(out, ",\"seq\":");
        add_digits(out, seq, 1);
    }
}

static void
begin(struct buffer *out, const struct envelope *envelope, const char *data_type, uint64_t seq)
{
    ADD(out, "{\"data_type\":\"");
    put(out, data_type, strlen(data_type));
    ADD(out, "\",");
    add_envelope(out, envelope, seq);
}

bool
message_is_known(const struct envelope *envelope, const struct event *event)
{
    return envelope->has_additions || !formats[event->type].is_addition;
}

/* A status that its members do not tell is that of the event. */
static void
add_foreign(struct buffer *out, const struct envelope *envelope, const struct event *event, uint64_t seq)
{
    const struct foreign_message *foreign = event->as.foreign;

    ADD(out, "{");
    add_envelope(out, envelope, seq);
    ADD(out, ",");
    put(out, foreign->members, foreign->length);
    if (!foreign->has_status)
        add_status(out, envelope, event);
    ADD(out, "}");
}

void
message_add(struct buffer *out, struct envelope *envelope, const struct event *event, uint64_t seq)
{
    const struct format *format = &formats[event->type];

    if (event->type == EVENT_FOREIGN) {
        add_foreign(out, envelope, event, seq);
        return;
    }
    begin(out, envelope, format->data_type, seq);
    /* A hit is the one thing that does not need to know its test, but reports
     * may group by it. */
    if (event->test != NULL) {
        ADD(out, ",\"test\":");
        add_text(out, event->test, MESSAGE_TEXT_LIMIT);
    }
    if (format->add != NULL)
        format->add(out, envelope, event);
    add_status(out, envelope, event);
    ADD(out, "}");
}

void
message_add_end(struct buffer *out, const struct envelope *envelope, uint64_t seq, uint64_t sent,
                int64_t blocked_us)
{
    begin(out, envelope, "runnerEnd", seq);
    ADD(out, ",\"sent\":");
    add_digits(out, sent, 1);
    ADD(out, ",\"blocked\":");
    add_seconds(out, blocked_us);
    ADD(out, "}");
}
