/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of moments and fields, and how a field becomes a parameter. */
#include "ffi/fields.h"

#include <string.h>

#include "ffi/facts.h"

#define EVENT(member) offsetof(struct loads_event, member)
#define TOTALS(member) offsetof(struct loads_totals, member)
#define FACTS(member) offsetof(struct facts, member)

/* A time, in both units. */
#define TIMES(name, offset, text) \
    { name "_us", FORM_INT64, offset, text ", in microseconds" }, \
    { name "_s", FORM_SECONDS, offset, text ", in seconds" }

static const struct field_group message = { "Every message", SOURCE_EVENT, (const struct field[]){
    { "run_id", FORM_TEXT, EVENT(run_id), "the run" },
    { "agent_id", FORM_TEXT, EVENT(agent_id), "the process that sent it" },
    { "target", FORM_UINT32, EVENT(target), "which target of the plan sent it, from 0" },
    TIMES("received", EVENT(received_us), "when it came, since the run began"),
    { "cycle_hits", FORM_UINT32, EVENT(cycle.hits), "hits of each user in this cycle; 0: not told" },
    { "cycle_users", FORM_UINT32, EVENT(cycle.users), "users of this cycle; 0: not told" },
    { "cycle_hit", FORM_UINT32, EVENT(cycle.hit), "the hit that runs, from 1; 0: not told" },
    { "cycle_user", FORM_UINT32, EVENT(cycle.user), "the user that runs, from 1; 0: not told" },
    { "json", FORM_TEXT, EVENT(raw), "the whole message as JSON" },
    { 0 } } };

static const struct field_group hit = { "Hits", SOURCE_EVENT, (const struct field[]){
    { "url", FORM_TEXT, EVENT(as.hit.url), "its address" },
    { "name", FORM_TEXT, EVENT(as.hit.name), "the name that groups addresses, or empty" },
    { "method", FORM_TEXT, EVENT(as.hit.method), "`GET`, ..." },
    { "status", FORM_INT, EVENT(as.hit.status), "of the response; 0 when there was none" },
    { "error", FORM_TEXT, EVENT(as.hit.error), "why there was no response, or empty" },
    { "ok", FORM_OK, 0, "whether the status is 200 to 399 and there is no error" },
    TIMES("elapsed", EVENT(as.hit.elapsed_us), "how long it took"),
    TIMES("started_unix", EVENT(as.hit.started_unix_us), "when it began, since 1970, UTC; -1: not told"),
    TIMES("dns", EVENT(as.hit.dns_us), "to resolve the name; -1: not told"),
    TIMES("connect", EVENT(as.hit.connect_us), "to connect; -1: not told"),
    TIMES("tls", EVENT(as.hit.tls_us), "for the TLS handshake; -1: not told"),
    TIMES("ttfb", EVENT(as.hit.ttfb_us), "until the first byte of the response; -1: not told"),
    { "bytes_in", FORM_INT64, EVENT(as.hit.bytes_in), "bytes received; -1: not told" },
    { "bytes_out", FORM_INT64, EVENT(as.hit.bytes_out), "bytes sent; -1: not told" },
    { 0 } } };

static const struct field_group test = { "Tests", SOURCE_EVENT, (const struct field[]){
    { "test", FORM_TEXT, EVENT(as.test.name), "its name" },
    { 0 } } };

static const struct field_group problem = { "Failures and errors of tests", SOURCE_EVENT,
    (const struct field[]){
    { "message", FORM_TEXT, EVENT(as.test.message), "what went wrong" },
    { "class_name", FORM_TEXT, EVENT(as.test.class_name), "its kind, such as `AssertionError`" },
    { "traceback", FORM_TEXT, EVENT(as.test.traceback), "where, in many lines, or empty" },
    { 0 } } };

static const struct field_group socket_message = { "Messages of web sockets", SOURCE_EVENT,
    (const struct field[]){
    { "bytes", FORM_UINT64, EVENT(as.socket.bytes), "its size" },
    { 0 } } };

static const struct field_group metric = { "Counters and metrics", SOURCE_EVENT, (const struct field[]){
    { "test", FORM_TEXT, EVENT(as.metric.test), "the test that counts, or empty" },
    { "name", FORM_TEXT, EVENT(as.metric.name), "what is counted or measured" },
    { "value", FORM_REAL, EVENT(as.metric.value), "how much" },
    { "kind", FORM_KIND, EVENT(as.metric.kind), "`counter`, `gauge`, `rate` or `trend`" },
    { 0 } } };

static const struct field_group totals = { "Totals so far", SOURCE_TOTALS, (const struct field[]){
    TIMES("elapsed", TOTALS(elapsed_us), "since the run began"),
    TIMES("planned", TOTALS(planned_us), "how long it will be; 0 when it is not by time"),
    { "hits", FORM_UINT64, TOTALS(hits), "hits" },
    { "planned_tests", FORM_UINT64, TOTALS(planned_tests), "tests to come in all; 0 when it is by time" },
    { "tests_started", FORM_UINT64, TOTALS(tests_started), "tests that began" },
    { "tests_finished", FORM_UINT64, TOTALS(tests_finished), "tests that ended" },
    { "success", FORM_UINT64, TOTALS(success), "tests that passed" },
    { "failures", FORM_UINT64, TOTALS(failures), "tests that failed" },
    { "errors", FORM_UINT64, TOTALS(errors), "tests that had errors" },
    { "sockets_opened", FORM_UINT64, TOTALS(sockets_opened), "web sockets opened" },
    { "sockets_closed", FORM_UINT64, TOTALS(sockets_closed), "web sockets closed" },
    { "socket_bytes", FORM_UINT64, TOTALS(socket_bytes), "bytes that came over web sockets" },
    { "users", FORM_UINT64, TOTALS(users), "users that run now" },
    { "malformed", FORM_UINT64, TOTALS(malformed), "messages that could not be read" },
    { "lost", FORM_UINT64, TOTALS(lost), "messages that were lost" },
    TIMES("mean", TOTALS(mean_us), "mean of the hits' times"),
    TIMES("p50", TOTALS(p50_us), "half of the hits took no longer"),
    TIMES("p90", TOTALS(p90_us), "90 % of the hits took no longer"),
    TIMES("p95", TOTALS(p95_us), "95 % of the hits took no longer"),
    TIMES("p99", TOTALS(p99_us), "99 % of the hits took no longer"),
    TIMES("max", TOTALS(max_us), "the slowest hit"),
    { "cycle", FORM_UINT32, TOTALS(cycle), "the cycle that runs, from 1" },
    { "cycles", FORM_UINT32, TOTALS(cycles), "how many cycles there are" },
    { 0 } } };

static const struct field_group run = { "The run", SOURCE_FACTS, (const struct field[]){
    { "run_id", FORM_TEXT, FACTS(run_id), "the run" },
    { "project", FORM_TEXT, FACTS(project), "its project, or empty" },
    { "label", FORM_TEXT, FACTS(label), "its label, or empty" },
    { "version", FORM_TEXT, FACTS(version), "the version of Loads" },
    { "started", FORM_TEXT, FACTS(started), "when it began (RFC 3339)" },
    { "json", FORM_TEXT, FACTS(json), "the whole document as JSON: the result's, or at `on_start` of an "
                                      "output its first members up to `plan`" },
    { 0 } } };

static const struct field_group result = { "The result", SOURCE_FACTS, (const struct field[]){
    { "verdict", FORM_TEXT, FACTS(verdict), "`pass`, `fail` or `invalid`" },
    { "exit_code", FORM_INT, FACTS(exit_code), "of the run" },
    { "reasons", FORM_TEXT, FACTS(reasons), "what speaks against the run, with `; ` between, or empty" },
    { 0 } } };

const struct moment_kind moment_kinds[MOMENT_COUNT] = {
    [ON_START] = { "on_start", { &run } },
    [ON_BAD] = { "on_bad", { &run, &totals, &result } },
    [ON_END] = { "on_end", { &run, &totals, &result } },
    [ON_TICK] = { "on_tick", { &totals } },
    [ON_HIT] = { "on_hit", { &message, &hit } },
    [ON_TEST_START] = { "on_test_start", { &message, &test } },
    [ON_TEST_STOP] = { "on_test_stop", { &message, &test } },
    [ON_TEST_SUCCESS] = { "on_test_success", { &message, &test } },
    [ON_TEST_FAILURE] = { "on_test_failure", { &message, &test, &problem } },
    [ON_TEST_ERROR] = { "on_test_error", { &message, &test, &problem } },
    [ON_SOCKET_OPEN] = { "on_socket_open", { &message } },
    [ON_SOCKET_CLOSE] = { "on_socket_close", { &message } },
    [ON_SOCKET_MESSAGE] = { "on_socket_message", { &message, &socket_message } },
    [ON_COUNTER] = { "on_counter", { &message, &metric } },
    [ON_METRIC] = { "on_metric", { &message, &metric } },
};

const struct field *
field_find(const struct moment_kind *kind, const char *name, const struct field_group **group)
{
    for (size_t i = 0; kind->groups[i] != NULL; i++)
        for (const struct field *field = kind->groups[i]->fields; field->name != NULL; field++)
            if (strcmp(field->name, name) == 0) {
                *group = kind->groups[i];
                return field;
            }
    return NULL;
}

#define BIT(type) (1u << PARAMETER_##type)
#define BITS_REAL (BIT(FLOAT) | BIT(DOUBLE))

/* The type first, then what can take it: never a type that cannot hold all that
 * may come, but for the digits of a float or double. */
static const struct {
    enum parameter_type type;
    unsigned fitting;
} forms[FORM_COUNT] = {
    [FORM_TEXT] = { PARAMETER_STRING, BIT(STRING) },
    [FORM_KIND] = { PARAMETER_STRING, BIT(STRING) },
    [FORM_OK] = { PARAMETER_BOOL, BIT(BOOL) | BIT(INT) },
    [FORM_INT] = { PARAMETER_INT, BIT(INT) | BIT(LONG) | BITS_REAL },
    [FORM_UINT32] = { PARAMETER_UINT, BIT(UINT) | BIT(LONG) | BITS_REAL },
    [FORM_INT64] = { PARAMETER_LONG, BIT(LONG) | BITS_REAL },
    [FORM_UINT64] = { PARAMETER_LONG, BIT(LONG) | BITS_REAL },
    [FORM_REAL] = { PARAMETER_DOUBLE, BITS_REAL },
    [FORM_SECONDS] = { PARAMETER_DOUBLE, BITS_REAL },
};

enum parameter_type
field_type(const struct field *field)
{
    return forms[field->form].type;
}

bool
field_fits(const struct field *field, enum parameter_type type)
{
    return (forms[field->form].fitting & 1u << type) != 0;
}

static const char *
metric_word(enum loads_metric_kind kind)
{
    switch (kind) {
    case LOADS_METRIC_COUNTER: return "counter";
    case LOADS_METRIC_GAUGE: return "gauge";
    case LOADS_METRIC_RATE: return "rate";
    case LOADS_METRIC_TREND: return "trend";
    default: return "";
    }
}

static const char *
text_value(enum form form, const void *place)
{
    return form == FORM_KIND ? metric_word(*(const enum loads_metric_kind *)place)
                             : *(const char *const *)place;
}

static bool
hit_is_ok(const struct loads_event *event)
{
    return event->as.hit.status >= 200 && event->as.hit.status < 400 && event->as.hit.error[0] == '\0';
}

static int64_t
whole_value(enum form form, const void *place)
{
    switch (form) {
    case FORM_OK: return hit_is_ok(place);
    case FORM_INT: return *(const int *)place;
    case FORM_UINT32: return *(const uint32_t *)place;
    default: return *(const int64_t *)place; /* no count grows past it */
    }
}

static double
real_value(enum form form, const void *place)
{
    if (form == FORM_REAL)
        return *(const double *)place;
    if (form != FORM_SECONDS)
        return (double)whole_value(form, place);
    return *(const int64_t *)place < 0 ? -1 : (double)*(const int64_t *)place / 1e6;
}

void
field_read(union foreign_value *value, const struct field *field, const void *source,
           enum parameter_type type)
{
    const void *place = (const char *)source + field->offset;

    switch (type) {
    case PARAMETER_BOOL: value->as_bool = whole_value(field->form, place) != 0; break;
    case PARAMETER_INT: value->as_int32 = (int32_t)whole_value(field->form, place); break;
    case PARAMETER_UINT: value->as_uint32 = (uint32_t)whole_value(field->form, place); break;
    case PARAMETER_LONG: value->as_int64 = whole_value(field->form, place); break;
    case PARAMETER_FLOAT: value->as_float = (float)real_value(field->form, place); break;
    case PARAMETER_DOUBLE: value->as_double = real_value(field->form, place); break;
    default: value->as_pointer = text_value(field->form, place); break;
    }
}
