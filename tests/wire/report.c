/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as lines of text. */
#include "wire/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/memory.h"

static void
add_text(struct buffer *out, const char *key, struct slice text)
{
    struct json_writer json = { .out = out };

    if (text.length == 0)
        return;
    buffer_printf(out, " %s=", key);
    json_put_slice(&json, NULL, text);
}

static void
add_int(struct buffer *out, const char *key, int64_t value)
{
    if (value != -1)
        buffer_printf(out, " %s=%" PRId64, key, value);
}

static void
add_source(const struct report *report, const char *key, struct slice text)
{
    if (!slice_equal(text, report->frame)) {
        buffer_printf(report->out, " %s=", key);
        buffer_add_slice(report->out, text);
    }
    buffer_add_char(report->out, '\n');
}

static void
add_hit(struct buffer *out, const struct message *message)
{
    add_text(out, "url", message->as.hit.url);
    add_text(out, "name", message->as.hit.name);
    add_text(out, "method", message->as.hit.method);
    add_text(out, "error", message->as.hit.error);
    buffer_printf(out, " status=%d", message->as.hit.status);
    add_int(out, "started", message->as.hit.started_unix_us);
    add_int(out, "elapsed", message->as.hit.elapsed_us);
    add_int(out, "dns", message->as.hit.dns_us);
    add_int(out, "connect", message->as.hit.connect_us);
    add_int(out, "tls", message->as.hit.tls_us);
    add_int(out, "ttfb", message->as.hit.ttfb_us);
    add_int(out, "bytes_in", message->as.hit.bytes_in);
    add_int(out, "bytes_out", message->as.hit.bytes_out);
}

static void
add_test(struct buffer *out, const struct message *message)
{
    add_text(out, "test", message->as.test.name);
    add_text(out, "message", message->as.test.message);
    add_text(out, "class", message->as.test.class_name);
    add_text(out, "traceback", message->as.test.traceback);
    add_int(out, "elapsed", message->as.test.elapsed_us);
}

static void
add_metric(struct buffer *out, const struct message *message)
{
    static const char *const kinds[] = { [LOADS_METRIC_COUNTER] = "counter", [LOADS_METRIC_GAUGE] = "gauge",
                                         [LOADS_METRIC_RATE] = "rate", [LOADS_METRIC_TREND] = "trend" };

    add_text(out, "test", message->as.metric.test);
    add_text(out, "name", message->as.metric.name);
    buffer_printf(out, " value=%.17g kind=%s", message->as.metric.value, kinds[message->as.metric.kind]);
}

static void
add_body(struct buffer *out, const struct message *message)
{
    switch (message->type) {
    case LOADS_HIT:
        add_hit(out, message);
        break;
    case LOADS_TEST_START:
    case LOADS_TEST_STOP:
    case LOADS_TEST_SUCCESS:
    case LOADS_TEST_FAILURE:
    case LOADS_TEST_ERROR:
        add_test(out, message);
        break;
    case LOADS_SOCKET_MESSAGE:
        buffer_printf(out, " bytes=%" PRIu64, message->as.socket.bytes);
        break;
    case LOADS_COUNTER:
    case LOADS_METRIC:
        add_metric(out, message);
        break;
    case LOADS_RUNNER_END:
        buffer_printf(out, " sent=%" PRIu64, message->as.end.sent);
        break;
    case LOADS_RUN_START:
    case LOADS_RUN_STOP:
    case LOADS_SOCKET_OPEN:
    case LOADS_SOCKET_CLOSE:
        break;
    }
}

/* With the envelope that it has from its frame. */
static void
add_raw(const struct report *report, const struct message *message)
{
    struct slice text = { .length = message_text_length(message) };
    char *copy = xmalloc(text.length);

    message_text(message, copy);
    text.data = copy;
    add_source(report, "raw", text);
    free(copy);
}

static void
on_message(void *context, const struct message *message)
{
    static const char *const types[] = {
        [LOADS_RUN_START] = "run_start", [LOADS_RUN_STOP] = "run_stop",
        [LOADS_TEST_START] = "test_start", [LOADS_TEST_STOP] = "test_stop",
        [LOADS_TEST_SUCCESS] = "test_success", [LOADS_TEST_FAILURE] = "test_failure",
        [LOADS_TEST_ERROR] = "test_error", [LOADS_HIT] = "hit", [LOADS_SOCKET_OPEN] = "socket_open",
        [LOADS_SOCKET_CLOSE] = "socket_close", [LOADS_SOCKET_MESSAGE] = "socket_message",
        [LOADS_COUNTER] = "counter", [LOADS_METRIC] = "metric", [LOADS_RUNNER_END] = "runner_end",
    };
    const struct report *report = context;
    struct buffer *out = report->out;

    buffer_add_text(out, types[message->type]);
    add_text(out, "agent_id", message->agent_id);
    add_text(out, "run_id", message->run_id);
    add_text(out, "hostname", message->hostname);
    if (message->seq > 0)
        buffer_printf(out, " seq=%" PRIu64, message->seq);
    if (message->cycle.hits + message->cycle.users + message->cycle.hit + message->cycle.user > 0)
        buffer_printf(out, " cycle=%u,%u,%u,%u", message->cycle.hits, message->cycle.users,
                      message->cycle.hit, message->cycle.user);
    add_body(out, message);
    add_raw(report, message);
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    const struct report *report = context;

    buffer_printf(report->out, "rejected %s \"%s\"", reject_names[reason], why);
    add_source(report, "text", text);
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    const struct report *report = context;

    buffer_add_text(report->out, "unknown");
    add_text(report->out, "data_type", data_type);
    add_source(report, "text", text);
}

struct decoder_sink
report_sink(struct report *report)
{
    return (struct decoder_sink){
        .context = report,
        .message = on_message,
        .rejected = on_rejected,
        .unknown = on_unknown,
    };
}
