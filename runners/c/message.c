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
#include "protocol/text.h"

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

static void
add_text(struct buffer *out, const char *text, size_t limit)
{
    struct json_writer json = { .out = out };
    size_t length = strnlen(text, limit + 1);
    struct slice kept = { .data = text, .length = length };

    if (length <= limit && text_plain_end(text, text + length) == text + length) {
        ADD(out, "\"");
        put(out, text, length);
        ADD(out, "\"");
        return;
    }
    json_put_slice(&json, NULL, length > limit ? utf8_prefix(kept, limit) : kept);
}

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
                                  "2021222324252627282930313233343536373839"
                                  "4041424344454647484950515253545556575859"
                                  "6061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

/* As json_put_int, without the price of printf: several stand in each message. */
static void
add_digits(struct buffer *out, uint64_t value)
{
    char digits[24];
    size_t at = sizeof digits;

    for (; value >= 10; value /= 100)
        memcpy(digits + (at -= 2), digit_pairs + 2 * (value % 100), 2);
    if (value > 0 || at == sizeof digits)
        digits[--at] = (char)('0' + value);
    put(out, digits + at, sizeof digits - at);
}

/* What stands behind the point: six digits. */
static void
add_millionths(struct buffer *out, uint32_t value)
{
    char digits[6];

    memcpy(digits, digit_pairs + 2 * (value / 10000), 2);
    memcpy(digits + 2, digit_pairs + 2 * (value / 100 % 100), 2);
    memcpy(digits + 4, digit_pairs + 2 * (value % 100), 2);
    put(out, digits, sizeof digits);
}

/* Microseconds as decimal seconds, exactly. */
static void
add_seconds(struct buffer *out, int64_t us)
{
    uint64_t positive = us > 0 ? (uint64_t)us : 0;

    add_digits(out, positive / 1000000);
    ADD(out, ".");
    add_millionths(out, (uint32_t)(positive % 1000000));
}

/* By duration nobody knows how many hits there will be: so far as many as this. */
static void
add_status(struct buffer *out, const struct envelope *envelope, const struct event *event)
{
    ADD(out, ",\"loads_status\":[");
    add_digits(out, envelope->hits > 0 ? envelope->hits : event->iteration);
    ADD(out, ",");
    add_digits(out, envelope->users);
    ADD(out, ",");
    add_digits(out, event->iteration);
    ADD(out, ",");
    add_digits(out, event->user);
    ADD(out, "]");
}

/* A hit is the one thing that does not need to know its test, but reports may group
 * by it. */
static void
write_subject(struct buffer *out, const struct envelope *envelope, const struct event *event)
{
    if (event->test != NULL) {
        ADD(out, ",\"test\":");
        add_text(out, event->test, MESSAGE_TEXT_LIMIT);
    }
    add_status(out, envelope, event);
}

/* Which test, of which user. */
static void
add_subject(struct buffer *out, struct envelope *envelope, const struct event *event)
{
    size_t start = out->length;

    if (envelope->subject.length > 0 && envelope->subject.test == event->test &&
        envelope->subject.user == event->user && envelope->subject.iteration == event->iteration) {
        put(out, envelope->subject.text, envelope->subject.length);
        return;
    }
    write_subject(out, envelope, event);
    envelope->subject.length = 0;
    if (out->is_full || out->length - start > sizeof envelope->subject.text)
        return;
    envelope->subject.test = event->test;
    envelope->subject.user = event->user;
    envelope->subject.iteration = event->iteration;
    envelope->subject.length = out->length - start;
    memcpy(envelope->subject.text, out->data + start, envelope->subject.length);
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
    add_millionths(out, (uint32_t)(unix_ns % NS_PER_S / NS_PER_US));
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
    add_digits(out, (uint64_t)hit->status);
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
    add_digits(out, (uint64_t)hit->bytes_in);
    ADD(out, ",\"bytes_out\":");
    add_digits(out, (uint64_t)hit->bytes_out);
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
    add_digits(out, event->as.socket_bytes);
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
        add_digits(out, seq);
    }
}

static void
begin(struct buffer *out, const struct envelope *envelope, const char *data_type, uint64_t seq)
{
    ADD(out, "{\"data_type\":\"");
    put(out, data_type, strlen(data_type));
    ADD(out, "\"");
    if (seq > 0) {
        ADD(out, ",");
        add_envelope(out, envelope, seq);
    }
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
    if (seq > 0) {
        add_envelope(out, envelope, seq);
        ADD(out, ",");
    }
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
    add_subject(out, envelope, event);
    if (format->add != NULL)
        format->add(out, envelope, event);
    ADD(out, "}");
}

void
message_add_end(struct buffer *out, const struct envelope *envelope, uint64_t seq, uint64_t sent,
                int64_t blocked_us)
{
    begin(out, envelope, "runnerEnd", seq);
    ADD(out, ",\"sent\":");
    add_digits(out, sent);
    ADD(out, ",\"blocked\":");
    add_seconds(out, blocked_us);
    ADD(out, "}");
}
