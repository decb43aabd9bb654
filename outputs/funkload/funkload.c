/* SPDX-License-Identifier: Apache-2.0 */
/* Output "funkload": the XML that FunkLoad's report builder reads. Elements are
 * written as events come, into a file beside the final one; only the length of a
 * cycle, which stands in front, is filled in at the end. */
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buffer.h"
#include "common/document.h"
#include "common/report_file.h"
#include "common/xml.h"
#include "funkload/names.h"
#include "funkload/stages.h"
#include "protocol/date.h"

enum {
    WRITE_BYTES = 256 * 1024,         /* elements that go to the kernel together */
    PENDING_LIMIT = 16 * 1024 * 1024, /* more than those and the longest message, escaped */
    DURATION_BYTES = 24,              /* kept free for the length of a cycle */
    DIGITS_LEAST = 3,
};

struct funkload {
    const char *filename;

    json_t *run; /* as the document begins */
    int64_t started_unix_us;
    struct stages *stages;
    int digits; /* of cycles, users and threads, which are sorted as text */
    struct report_stream *stream;
    struct buffer pending;
    int64_t written, duration_offset; /* bytes; offset 0: no header yet */
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct funkload, filename, .fallback = "funkload-report.xml",
                 .help = "Where to write the XML; - is standard output"),
    { 0 }
};

/* ---- Attributes. */

static void
add_text(struct buffer *out, const char *name, const char *value)
{
    xml_add_attribute(out, name, slice_of(value));
}

/* At least so many digits. printf would be half of what a message costs. */
static void
add_digits(struct buffer *out, uint64_t value, int width)
{
    char digits[20];
    size_t at = sizeof digits;

    for (; value > 0 || width > 0; value /= 10, width--)
        digits[--at] = (char)('0' + value % 10);
    buffer_add(out, digits + at, sizeof digits - at);
}

static void
add_number(struct buffer *out, const char *name, uint64_t value, int width)
{
    buffer_add_char(out, ' ');
    buffer_add_text(out, name);
    buffer_add_text(out, "=\"");
    add_digits(out, value, width);
    buffer_add_char(out, '"');
}

/* Microseconds as seconds, without zeros at the end. */
static void
add_seconds(struct buffer *out, int64_t us)
{
    uint64_t fraction = (uint64_t)us % 1000000;
    int digits = 6;

    add_digits(out, (uint64_t)us / 1000000, 1);
    if (fraction == 0)
        return;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    buffer_add_char(out, '.');
    add_digits(out, fraction, digits);
}

static void
add_seconds_attribute(struct buffer *out, const char *name, int64_t us)
{
    buffer_add_char(out, ' ');
    buffer_add_text(out, name);
    buffer_add_text(out, "=\"");
    add_seconds(out, us > 0 ? us : 0);
    buffer_add_char(out, '"');
}

static void
add_config(struct buffer *out, const char *key, struct slice value)
{
    buffer_add_text(out, "<config");
    add_text(out, "key", key);
    xml_add_attribute(out, "value", value);
    buffer_add_text(out, "/>\n");
}

/* ---- The header. */

/* "[10, 20]": the users of each cycle. */
static void
add_cycles(struct buffer *out, const struct stages *stages)
{
    buffer_add_text(out, "<config key=\"cycles\" value=\"[");
    for (size_t i = 0; i < stages_count(stages); i++)
        buffer_printf(out, "%s%" PRIu64, i > 0 ? ", " : "", stages_users(stages, i));
    buffer_add_text(out, "]\"/>\n");
}

/* Bytes of "https://"; 0 when it does not begin so. */
static size_t
scheme_length(const char *url)
{
    size_t length = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return length > 0 && strncmp(url + length, "://", 3) == 0 ? length + 3 : 0;
}

/* A URL, or its front up to the port, without the user and password in it, which
 * belong in no report. */
static void
add_url(struct buffer *out, const char *name, const char *url, bool is_whole)
{
    size_t scheme = scheme_length(url), length = scheme > 0 ? strcspn(url + scheme, "/?#") : 0;
    const char *host = url + scheme, *at = length > 0 ? memrchr(host, '@', length) : NULL;
    struct buffer text;

    if (at != NULL) {
        length -= (size_t)(at + 1 - host);
        host = at + 1;
    } else if (is_whole) {
        add_text(out, name, url);
        return;
    }
    buffer_init(&text, PENDING_LIMIT);
    buffer_add(&text, url, scheme);
    buffer_add(&text, host, is_whole ? strlen(host) : length);
    xml_add_attribute(out, name, (struct slice){ text.data, text.length });
    buffer_clear(&text);
}

/* The report builder ends where one of these is missing. */
static void
add_configs(struct funkload *funkload, const char *url)
{
    static const char *const zeros[] = { "sleep_time", "sleep_time_min", "sleep_time_max", "startup_delay" };
    const json_t *target = json_array_get(json_object_get(funkload->run, "plan"), 0);
    struct test_name test = test_name_split(document_text(target, "name"));
    const char *slash = strrchr(funkload->filename, '/');
    struct buffer *out = &funkload->pending;
    char node[256] = "";

    gethostname(node, sizeof node - 1);
    add_config(out, "id", test.method);
    add_config(out, "class", test.class_name);
    add_config(out, "class_title", document_text(funkload->run, "project"));
    add_config(out, "class_description", SLICE("Loads export"));
    add_config(out, "method", test.method);
    add_config(out, "module", test.module);
    add_config(out, "description", SLICE("No test description"));
    add_config(out, "configuration_file", SLICE(""));
    add_cycles(out, funkload->stages);
    add_config(out, "cycle_time", SLICE("0"));
    buffer_add_text(out, "<config key=\"duration\" ");
    funkload->duration_offset = funkload->written + (int64_t)out->length;
    buffer_printf(out, "%*s/>\n", DURATION_BYTES, "");
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        add_config(out, zeros[i], SLICE("0.0"));
    add_config(out, "log_xml", slice_of(slash != NULL ? slash + 1 : funkload->filename));
    add_config(out, "node", slice_of(node));
    add_config(out, "python_version", SLICE(""));
    buffer_add_text(out, "<config key=\"server_url\"");
    add_url(out, "value", url, false);
    buffer_add_text(out, "/>\n");
    if (document_text(funkload->run, "label").length > 0)
        add_config(out, "label", document_text(funkload->run, "label"));
}

/* Written with the first element, so that a URL tells which server it is about. */
static void
add_header(struct funkload *funkload, const char *url)
{
    enum { DATE_AND_TIME = 19 };
    struct slice started = document_text(funkload->run, "started");

    if (funkload->duration_offset > 0)
        return;
    if (started.length > DATE_AND_TIME)
        started.length = DATE_AND_TIME;
    buffer_add_text(&funkload->pending, "<funkload version=\"1.17.0\"");
    xml_add_attribute(&funkload->pending, "time", started);
    buffer_add_text(&funkload->pending, ">\n");
    add_configs(funkload, url);
}

/* ---- Elements. */

static void
add_place(const struct funkload *funkload, struct buffer *out, const struct place *place)
{
    add_number(out, "cycle", place->stage, funkload->digits);
    add_number(out, "cvus", place->users, funkload->digits);
    add_number(out, "thread", place->thread, funkload->digits);
}

/* What the report builder takes for the begin of a page. */
static bool
is_page(const char *method)
{
    static const char *const types[] = { "get", "post", "put", "delete", "head", "xmlrpc" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(method, types[i]) == 0)
            return true;
    return false;
}

/* The method in lower case; all else in the attribute is so already. */
static void
add_type(struct buffer *out, const char *method)
{
    size_t at = out->length;

    add_text(out, "type", method);
    for (; at < out->length; at++)
        if (out->data[at] >= 'A' && out->data[at] <= 'Z')
            out->data[at] += 'a' - 'A';
}

/* Its result, and what the report builder shows beside it. */
static void
add_outcome_of_hit(struct buffer *out, const struct loads_event *event)
{
    int status = event->as.hit.status > 0 ? event->as.hit.status : 0;
    const char *description = event->as.hit.error;
    bool is_good = false;
    char text[32];

    if (description[0] == '\0' && status == 0) {
        description = "no answer";
    } else if (description[0] == '\0' && status >= 400) {
        snprintf(text, sizeof text, "HTTP %d", status);
        description = text;
    } else if (description[0] == '\0') {
        description = event->as.hit.name;
        is_good = true;
    }
    add_text(out, "result", is_good ? "Successful" : "Failure");
    add_url(out, "url", event->as.hit.url, true);
    add_number(out, "code", (uint64_t)status, 1);
    add_text(out, "description", description);
}

static void
add_response(struct funkload *funkload, const struct loads_event *event, const struct place *place)
{
    struct buffer *out = &funkload->pending;
    int64_t elapsed_us = event->as.hit.elapsed_us > 0 ? event->as.hit.elapsed_us : 0;
    int64_t began_us = event->as.hit.started_unix_us;

    if (began_us < 0)
        began_us = funkload->started_unix_us + event->received_us - elapsed_us;
    stages_note_hit(funkload->stages, place->visit, began_us, elapsed_us);
    place->visit->test.requests++;
    place->visit->test.pages += is_page(event->as.hit.method);
    buffer_add_text(out, "<response");
    add_place(funkload, out, place);
    buffer_add_text(out, " suite=\"\" name=\"\"");
    add_number(out, "step", place->visit->test.requests, DIGITS_LEAST);
    buffer_add_text(out, " number=\"001\"");
    add_type(out, event->as.hit.method);
    add_outcome_of_hit(out, event);
    add_seconds_attribute(out, "time", began_us);
    add_seconds_attribute(out, "duration", elapsed_us);
    buffer_add_text(out, "/>\n");
}

/* The traceback, and behind it what was raised if it does not tell that itself. */
static void
add_traceback(struct buffer *out, const struct loads_event *event)
{
    struct slice trace = slice_of(event->as.test.traceback);
    struct buffer text;

    while (trace.length > 0 && trace.data[trace.length - 1] == '\n')
        trace.length--;
    buffer_init(&text, PENDING_LIMIT);
    buffer_add_slice(&text, trace);
    if (event->as.test.message[0] != '\0' && strstr(event->as.test.traceback, event->as.test.message) == NULL)
        buffer_printf(&text, "%s%s%s%s", text.length > 0 ? "\n" : "", event->as.test.class_name,
                      event->as.test.class_name[0] != '\0' ? ": " : "", event->as.test.message);
    else if (text.length == 0)
        buffer_add_text(&text, event->as.test.class_name);
    xml_add_attribute(out, "traceback", (struct slice){ text.data, text.length });
    buffer_clear(&text);
}

static const char *
outcome_of_test(enum loads_event_type type)
{
    return type == LOADS_TEST_FAILURE ? "Failure" : type == LOADS_TEST_ERROR ? "Error" : "Successful";
}

static void
add_test_result(struct funkload *funkload, const struct loads_event *event, const struct place *place)
{
    struct test_name test = test_name_split(slice_of(event->as.test.name));
    struct buffer *out = &funkload->pending;
    struct visit *visit = place->visit;
    int64_t began_us = visit->starts > 0 ? visit->test.started_us : event->received_us;
    int64_t hits_us = visit->test.last_answer_unix_us - visit->test.first_hit_unix_us;
    int64_t took_us = event->received_us - began_us;
    bool is_bad = event->type == LOADS_TEST_FAILURE || event->type == LOADS_TEST_ERROR;

    visit->test.is_judged = true;
    buffer_add_text(out, "<testResult");
    add_place(funkload, out, place);
    xml_add_attribute(out, "suite", test.class_name);
    xml_add_attribute(out, "name", test.method);
    add_seconds_attribute(out, "time", funkload->started_unix_us + began_us);
    add_text(out, "result", outcome_of_test(event->type));
    add_number(out, "steps", visit->test.requests, 1);
    add_seconds_attribute(out, "duration", took_us > hits_us ? took_us : hits_us);
    buffer_add_text(out, " connection_duration=\"0\"");
    add_number(out, "requests", visit->test.requests, 1);
    add_number(out, "pages", visit->test.pages, 1);
    buffer_add_text(out, " xmlrpc=\"0\" redirects=\"0\" images=\"0\" links=\"0\"");
    if (is_bad)
        add_traceback(out, event);
    buffer_add_text(out, "/>\n");
}

/* ---- The plugin. */

static int
write_pending(struct funkload *funkload, struct err *err)
{
    struct buffer *pending = &funkload->pending;

    if (pending->is_full)
        return err_set(err, "cannot write %s: an element of more than %d bytes", funkload->filename, PENDING_LIMIT);
    if (report_stream_write(funkload->stream, (struct slice){ pending->data, pending->length }, err) != 0)
        return -1;
    funkload->written += (int64_t)pending->length;
    buffer_reset(pending);
    return 0;
}

/* Digits that the largest cycle or user takes. */
static int
digits_needed(const struct stages *stages)
{
    uint64_t most = stages_count(stages);
    int digits = 1;

    for (size_t i = 0; i < stages_count(stages); i++)
        if (stages_users(stages, i) > most)
            most = stages_users(stages, i);
    for (; most > 9; most /= 10)
        digits++;
    return digits > DIGITS_LEAST ? digits : DIGITS_LEAST;
}

static int
funkload_open(void *state, const struct loads_host *host)
{
    struct funkload *funkload = state;
    struct err err = { 0 };

    buffer_init(&funkload->pending, PENDING_LIMIT);
    funkload->stream = report_stream_open(funkload->filename, &err);
    if (funkload->stream == NULL)
        return host->fail(host, "%s", err.text);
    funkload->run = json_loads(host->run_json, 0, NULL);
    date_parse(document_text(funkload->run, "started"), &funkload->started_unix_us);
    funkload->stages = stages_new(json_object_get(funkload->run, "plan"));
    funkload->digits = digits_needed(funkload->stages);
    return 0;
}

static int
funkload_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct funkload *funkload = state;
    struct place place;
    struct err err = { 0 };

    if (event->type < LOADS_TEST_START || event->type > LOADS_HIT)
        return 0; /* FunkLoad knows tests and hits */
    place = stages_place(funkload->stages, event);
    switch (event->type) {
    case LOADS_HIT:
        add_header(funkload, event->as.hit.url);
        add_response(funkload, event, &place);
        break;
    case LOADS_TEST_STOP:
        /* Ended without a word: nothing is known against it. */
        if (place.visit->test.is_judged)
            return 0;
        /* fall through */
    case LOADS_TEST_SUCCESS:
    case LOADS_TEST_FAILURE:
    case LOADS_TEST_ERROR:
        add_header(funkload, "");
        add_test_result(funkload, event, &place);
        break;
    default:
        return 0;
    }
    if (funkload->pending.length < WRITE_BYTES && !funkload->pending.is_full)
        return 0;
    return write_pending(funkload, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

/* Rates are counts divided by it, so it is never 0. */
static int
fill_duration(struct funkload *funkload, int64_t run_us, struct err *err)
{
    int64_t us = stages_longest_us(funkload->stages, run_us);
    struct buffer text;
    int failed;

    buffer_init(&text, DURATION_BYTES);
    buffer_add_text(&text, "value=\"");
    add_seconds(&text, us > 0 ? us : run_us > 0 ? run_us : 1000000);
    buffer_add_char(&text, '"');
    failed = report_stream_replace(funkload->stream, funkload->duration_offset,
                                   (struct slice){ text.data, text.length }, err);
    buffer_clear(&text);
    return failed;
}

static int
funkload_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct funkload *funkload = state;
    struct report_stream *stream = funkload->stream;
    struct err err = { 0 };

    add_header(funkload, "");
    buffer_add_text(&funkload->pending, "</funkload>\n");
    if (write_pending(funkload, &err) != 0 || fill_duration(funkload, result->totals.elapsed_us, &err) != 0)
        return host->fail(host, "%s", err.text);
    funkload->stream = NULL;
    return report_stream_keep(stream, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

static void
funkload_close(void *state)
{
    struct funkload *funkload = state;

    report_stream_drop(funkload->stream);
    stages_free(funkload->stages);
    buffer_clear(&funkload->pending);
    json_decref(funkload->run);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "funkload",
    .summary = "Write the XML that FunkLoad makes reports of",
    .state_size = sizeof(struct funkload),
    .options = options,
    .open = funkload_open,
    .on_event = funkload_on_event,
    .flush = funkload_flush,
    .close = funkload_close,
);
