/* SPDX-License-Identifier: Apache-2.0 */
/* The members and types of the runner protocol, and what makes a message whole. */
#include "protocol/draft.h"

#include <stdarg.h>
#include <stdio.h>

#include "protocol/date.h"

#define RULE(id, key, rule_form, field, ...) \
    [MEMBER_##id] = { .name = key, .form = FORM_##rule_form, .offset = offsetof(struct draft, field), \
                      __VA_ARGS__ }
#define BYTES .min = 0, .max = MESSAGE_COUNT_LIMIT

const struct member_rule member_rules[MEMBER_COUNT] = {
    RULE(DATA_TYPE, "data_type", TEXT, data_type),
    RULE(AGENT_ID, "agent_id", ID, agent_id),
    RULE(WORKER_ID, "worker_id", ID, worker_id), /* agent_id's older name */
    RULE(RUN_ID, "run_id", ID, run_id),
    RULE(HOSTNAME, "hostname", ID, hostname),
    RULE(SEQ, "seq", COUNT, seq, .min = 1, .max = MESSAGE_COUNT_LIMIT),
    RULE(LOADS_STATUS, "loads_status", CYCLE, cycle, .min = 0, .max = MESSAGE_CYCLE_LIMIT),
    RULE(TEST, "test", TEXT, test),                /* what real runners send */
    RULE(TEST_NAME, "test_name", TEXT, test_name), /* the documents' word for it */
    RULE(EXC_INFO, "exc_info", EXC, exc_info),     /* what real runners send */
    RULE(EXC, "exc", EXC, exc),                    /* the documents' word for it */
    RULE(URL, "url", TEXT, url),
    RULE(METHOD, "method", TEXT, method),
    RULE(STATUS, "status", STATUS, status, .min = 0, .max = 999),
    RULE(STARTED, "started", DATE, started_unix_us),
    RULE(ELAPSED, "elapsed", SECONDS, elapsed_us),
    RULE(ERROR, "error", TEXT, error),
    RULE(DNS, "dns", SECONDS, dns_us),
    RULE(CONNECT, "connect", SECONDS, connect_us),
    RULE(TLS, "tls", SECONDS, tls_us),
    RULE(TTFB, "ttfb", SECONDS, ttfb_us),
    RULE(BYTES_IN, "bytes_in", COUNT, bytes_in, BYTES),
    RULE(BYTES_OUT, "bytes_out", COUNT, bytes_out, BYTES),
    [MEMBER_TAGS] = { .name = "tags", .form = FORM_OBJECT },
    RULE(SIZE, "size", COUNT, size, BYTES),
    RULE(NAME, "name", TEXT, name),
    RULE(VALUE, "value", REAL, value),
    RULE(KIND, "kind", TEXT, kind),
    RULE(SENT, "sent", COUNT, sent, BYTES),
    [MEMBER_COUNTS] = { .name = "counts", .form = FORM_OBJECT }, /* of a batch, which is no message itself */
};

const struct draft draft_empty = {
    .seq = -1, .status = -1, .size = -1, .sent = -1, .bytes_in = -1, .bytes_out = -1,
    .started_unix_us = -1, .elapsed_us = -1, .dns_us = -1, .connect_us = -1, .tls_us = -1, .ttfb_us = -1,
};

/* Every message may carry these. */
#define COMMON (MEMBERS_ENVELOPE | MEMBER_BIT(LOADS_STATUS))
#define TEST_MEMBERS (COMMON | MEMBER_BIT(TEST) | MEMBER_BIT(TEST_NAME))
#define EXC_MEMBERS (TEST_MEMBERS | MEMBER_BIT(EXC_INFO) | MEMBER_BIT(EXC))
#define COUNTER_MEMBERS (TEST_MEMBERS | MEMBER_BIT(NAME) | MEMBER_BIT(VALUE))
/* The documents order every runner to send these, and the original could not do
 * without. `started` only tells: the host goes by arrival. */
#define HIT_NEEDS (MEMBER_BIT(URL) | MEMBER_BIT(METHOD))
/* A hit that got no response has no status, and perhaps no time. */
#define ANSWERED_HIT_NEEDS (MEMBER_BIT(STATUS) | MEMBER_BIT(ELAPSED))
#define HIT_MEMBERS (COMMON | HIT_NEEDS | ANSWERED_HIT_NEEDS | MEMBER_BIT(STARTED) | MEMBER_BIT(NAME) \
    | MEMBER_BIT(ERROR) | MEMBER_BIT(DNS) | MEMBER_BIT(CONNECT) | MEMBER_BIT(TLS) | MEMBER_BIT(TTFB) \
    | MEMBER_BIT(BYTES_IN) | MEMBER_BIT(BYTES_OUT) | MEMBER_BIT(TAGS))

static const struct type_rule {
    const char *name;
    enum loads_event_type event;
    uint64_t members;       /* what it reads */
    uint64_t needs;         /* what must be told; `test` is also told by `test_name` */
    uint64_t needs_or_error; /* what must be told unless `error` is */
} type_rules[] = {
    { "add_hit", LOADS_HIT, HIT_MEMBERS, HIT_NEEDS, ANSWERED_HIT_NEEDS },
    { "incr_counter", LOADS_COUNTER, COUNTER_MEMBERS, MEMBER_BIT(NAME), 0 },
    { "startTest", LOADS_TEST_START, TEST_MEMBERS, MEMBER_BIT(TEST), 0 },
    { "stopTest", LOADS_TEST_STOP, TEST_MEMBERS | MEMBER_BIT(ELAPSED), MEMBER_BIT(TEST), 0 },
    { "addSuccess", LOADS_TEST_SUCCESS, TEST_MEMBERS, MEMBER_BIT(TEST), 0 },
    { "addFailure", LOADS_TEST_FAILURE, EXC_MEMBERS, MEMBER_BIT(TEST), 0 },
    { "addError", LOADS_TEST_ERROR, EXC_MEMBERS, MEMBER_BIT(TEST), 0 },
    { "socket_open", LOADS_SOCKET_OPEN, COMMON, 0, 0 },
    { "socket_close", LOADS_SOCKET_CLOSE, COMMON, 0, 0 },
    { "socket_message", LOADS_SOCKET_MESSAGE, COMMON | MEMBER_BIT(SIZE), MEMBER_BIT(SIZE), 0 },
    { "metric", LOADS_METRIC, COUNTER_MEMBERS | MEMBER_BIT(KIND),
      MEMBER_BIT(NAME) | MEMBER_BIT(VALUE) | MEMBER_BIT(KIND), 0 },
    { "startTestRun", LOADS_RUN_START, COMMON, 0, 0 },
    { "stopTestRun", LOADS_RUN_STOP, COMMON, 0, 0 },
    { "runnerEnd", LOADS_RUNNER_END, COMMON | MEMBER_BIT(SENT), MEMBER_BIT(SENT), 0 },
};
enum { TYPE_COUNTER = 1 /* its place in the table */, TYPE_COUNT = sizeof type_rules / sizeof type_rules[0] };

void
draft_rules_init(struct draft_rules *rules)
{
    const char *members[MEMBER_COUNT + 1] = { NULL }, *types[TYPE_COUNT + 1] = { NULL };

    for (size_t i = 0; i < MEMBER_COUNT; i++)
        members[i] = member_rules[i].name;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        types[i] = type_rules[i].name;
    names_init(&rules->members, members);
    names_init(&rules->types, types);
}

bool
refuse(struct refusal *refusal, enum reject reason, const char *fmt, ...)
{
    va_list args;

    refusal->reason = reason;
    va_start(args, fmt);
    vsnprintf(refusal->why, sizeof refusal->why, fmt, args);
    va_end(args);
    return false;
}

bool
count_parse(struct slice text, int64_t *count)
{
    enum { DIGITS_LIMIT = 18 };
    int64_t value = 0;

    if (text.length == 0 || text.length > DIGITS_LIMIT)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *count = value;
    return true;
}

bool
draft_set_date(struct draft *draft, enum member member, struct slice text)
{
    if (!date_parse(text, draft_at(draft, member)))
        return false;
    draft->told |= UINT64_C(1) << member;
    return true;
}

int
draft_type(const struct draft_rules *rules, struct draft *draft, const char *readable_end)
{
    const uint64_t test = MEMBER_BIT(TEST) | MEMBER_BIT(TEST_NAME), status = MEMBER_BIT(LOADS_STATUS);
    int type = names_find(&rules->types, draft->data_type, readable_end);

    if (type >= 0)
        return type;
    if (draft->unknown_keys > 0 || (draft->told & test) == 0 || (draft->keys & status) == 0
        || (draft->keys & ~(MEMBERS_ENVELOPE | test | status)) != 0)
        return -1;
    draft->name = draft->data_type;
    draft->told |= MEMBER_BIT(NAME);
    return TYPE_COUNTER;
}

uint64_t
draft_type_members(int type)
{
    return type_rules[type].members;
}

/* Takes the other dialect's word where the first one says nothing. */
static void
merge_dialects(struct draft *draft)
{
    uint64_t told = draft->told;

    if ((told & MEMBER_BIT(TEST)) == 0 && (told & MEMBER_BIT(TEST_NAME)) != 0) {
        draft->test = draft->test_name;
        draft->told |= MEMBER_BIT(TEST);
    }
    if ((told & MEMBER_BIT(EXC_INFO)) == 0)
        memcpy(draft->exc_info, draft->exc, sizeof draft->exc);
}

/* One word, as classes are called: ValueError, requests.Timeout, Net::ReadTimeout. */
static bool
is_bare_word(struct slice text)
{
    const char *marks = "_.:$";
    char last;

    if (text.length == 0 || (text.data[0] >= '0' && text.data[0] <= '9'))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_letter = ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte >= 0x80;

        if (!is_letter && !(byte >= '0' && byte <= '9') && memchr(marks, byte, 4) == NULL)
            return false;
    }
    /* "Failed." and "Failed:" are sentences. */
    last = text.data[text.length - 1];
    return last != '.' && last != ':';
}

static bool
starts_with(struct slice text, struct slice start)
{
    return text.length >= start.length && memcmp(text.data, start.data, start.length) == 0;
}

/* How Python shows a class, and how JavaScript and Ruby do. */
static bool
reads_as_class(struct slice text)
{
    bool is_repr = starts_with(text, SLICE("<class ")) || starts_with(text, SLICE("<type "));

    return (is_repr && text.data[text.length - 1] == '>') || is_bare_word(text);
}

/* The documents say message, class, traceback; many runners send the class first. */
static void
take_exception(const struct slice exc[3], struct message *message)
{
    bool is_class_first = reads_as_class(exc[0]) && !reads_as_class(exc[1]);

    message->as.test.message = exc[is_class_first ? 1 : 0];
    message->as.test.class_name = exc[is_class_first ? 0 : 1];
    message->as.test.traceback = exc[2];
}

static bool
take_kind(struct slice kind, struct message *message, struct refusal *refusal)
{
    static const struct { struct slice name; enum loads_metric_kind kind; } kinds[] = {
        { { "counter", 7 }, LOADS_METRIC_COUNTER },
        { { "gauge", 5 }, LOADS_METRIC_GAUGE },
        { { "rate", 4 }, LOADS_METRIC_RATE },
        { { "trend", 5 }, LOADS_METRIC_TREND },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_equal(kind, kinds[i].name)) {
            message->as.metric.kind = kinds[i].kind;
            return true;
        }
    return refuse(refusal, REJECT_RANGE, "kind is none of counter, gauge, rate, trend");
}

static bool
take_metric(const struct draft *draft, struct message *message, struct refusal *refusal)
{
    bool has_value = (draft->told & MEMBER_BIT(VALUE)) != 0;

    message->as.metric.test = draft->test;
    message->as.metric.name = draft->name;
    message->as.metric.value = has_value ? draft->value : 1;
    message->as.metric.kind = LOADS_METRIC_COUNTER;
    if (draft->name.length > MESSAGE_COUNTER_NAME_LIMIT)
        return refuse(refusal, REJECT_RANGE, "the name has %zu bytes, at most %d are allowed",
                      draft->name.length, MESSAGE_COUNTER_NAME_LIMIT);
    return message->type == LOADS_COUNTER || take_kind(draft->kind, message, refusal);
}

static void
take_hit(const struct draft *draft, struct message *message)
{
    message->as.hit.url = draft->url;
    message->as.hit.name = draft->name;
    message->as.hit.method = draft->method;
    message->as.hit.error = draft->error;
    message->as.hit.status = draft->status < 0 ? 0 : (int)draft->status;
    message->as.hit.started_unix_us = draft->started_unix_us;
    message->as.hit.elapsed_us = draft->elapsed_us;
    message->as.hit.dns_us = draft->dns_us;
    message->as.hit.connect_us = draft->connect_us;
    message->as.hit.tls_us = draft->tls_us;
    message->as.hit.ttfb_us = draft->ttfb_us;
    message->as.hit.bytes_in = draft->bytes_in;
    message->as.hit.bytes_out = draft->bytes_out;
}

static void
take_test(const struct draft *draft, struct message *message)
{
    memset(&message->as.test, 0, sizeof message->as.test);
    message->as.test.name = draft->test;
    message->as.test.elapsed_us = message->type == LOADS_TEST_STOP ? draft->elapsed_us : -1;
    if (message->type == LOADS_TEST_FAILURE || message->type == LOADS_TEST_ERROR)
        take_exception(draft->exc_info, message);
}

void
draft_envelope(const struct draft *draft, struct message *message)
{
    message->agent_id = (draft->told & MEMBER_BIT(AGENT_ID)) != 0 ? draft->agent_id : draft->worker_id;
    message->run_id = draft->run_id;
    message->hostname = draft->hostname;
    message->seq = draft->seq < 0 ? 0 : (uint64_t)draft->seq;
    message->cycle.hits = draft->cycle[0];
    message->cycle.users = draft->cycle[1];
    message->cycle.hit = draft->cycle[2];
    message->cycle.user = draft->cycle[3];
}

/* What only messages of this type have. */
static bool
take_rest(const struct draft *draft, struct message *message, struct refusal *refusal)
{
    switch (message->type) {
    case LOADS_HIT:
        take_hit(draft, message);
        return true;
    case LOADS_TEST_START:
    case LOADS_TEST_STOP:
    case LOADS_TEST_SUCCESS:
    case LOADS_TEST_FAILURE:
    case LOADS_TEST_ERROR:
        take_test(draft, message);
        return true;
    case LOADS_SOCKET_MESSAGE:
        message->as.socket.bytes = (uint64_t)draft->size;
        return true;
    case LOADS_COUNTER:
    case LOADS_METRIC:
        return take_metric(draft, message, refusal);
    case LOADS_RUNNER_END:
        message->as.end.sent = (uint64_t)draft->sent;
        return true;
    case LOADS_RUN_START:
    case LOADS_RUN_STOP:
    case LOADS_SOCKET_OPEN:
    case LOADS_SOCKET_CLOSE:
        return true;
    }
    return true;
}

bool
draft_finish(struct draft *draft, int type, struct message *message, struct refusal *refusal)
{
    const struct type_rule *rule = &type_rules[type];
    uint64_t missing = rule->needs;

    merge_dialects(draft);
    if ((draft->told & MEMBER_BIT(ERROR)) == 0)
        missing |= rule->needs_or_error;
    missing &= ~draft->told;
    if (missing != 0)
        return refuse(refusal, REJECT_TYPE, "%s needs %s", rule->name,
                      member_rules[__builtin_ctzll(missing)].name);
    message->type = rule->event;
    draft_envelope(draft, message);
    return take_rest(draft, message, refusal);
}
