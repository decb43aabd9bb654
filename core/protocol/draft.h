/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the protocol, once for both decoders: which members there are,
 * what each may hold, which of them a type of message needs, and how a message
 * comes of them. A decoder fills a draft member by member, in any order, and
 * then finishes it. */
#ifndef PROTOCOL_DRAFT_H
#define PROTOCOL_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/message.h"
#include "protocol/names.h"

enum member {
    MEMBER_DATA_TYPE, MEMBER_AGENT_ID, MEMBER_WORKER_ID, MEMBER_RUN_ID, MEMBER_HOSTNAME, MEMBER_SEQ,
    MEMBER_LOADS_STATUS,
    MEMBER_TEST, MEMBER_TEST_NAME, MEMBER_EXC_INFO, MEMBER_EXC,
    MEMBER_URL, MEMBER_METHOD, MEMBER_STATUS, MEMBER_STARTED, MEMBER_ELAPSED, MEMBER_ERROR, MEMBER_DNS,
    MEMBER_CONNECT, MEMBER_TLS, MEMBER_TTFB, MEMBER_BYTES_IN, MEMBER_BYTES_OUT, MEMBER_TAGS,
    MEMBER_SIZE, MEMBER_NAME, MEMBER_VALUE, MEMBER_KIND, MEMBER_SENT, MEMBER_COUNTS,
    MEMBER_COUNT
};
#define MEMBER_BIT(name) (UINT64_C(1) << MEMBER_##name)
#define MEMBERS_ENVELOPE (MEMBER_BIT(DATA_TYPE) | MEMBER_BIT(AGENT_ID) | MEMBER_BIT(WORKER_ID) \
    | MEMBER_BIT(RUN_ID) | MEMBER_BIT(HOSTNAME) | MEMBER_BIT(SEQ))

/* What a member holds. null is always allowed, and says nothing. */
enum member_form {
    FORM_TEXT,    /* a string */
    FORM_ID,      /* a string or an integer; "None" says nothing */
    FORM_COUNT,   /* an integer within the member's limits */
    FORM_STATUS,  /* the same; may come as a string of digits */
    FORM_SECONDS, /* a number of seconds, kept as microseconds */
    FORM_REAL,    /* a number */
    FORM_DATE,    /* a string, ISO 8601 */
    FORM_CYCLE,   /* an array of four counts, which may be strings or null */
    FORM_EXC,     /* an array of up to three items */
    FORM_OBJECT,  /* an object that stays as it is */
};

struct member_rule {
    const char *name;
    enum member_form form;
    size_t offset;    /* of its value in the draft */
    int64_t min, max; /* FORM_COUNT, FORM_STATUS; FORM_CYCLE: of each item */
};
extern const struct member_rule member_rules[MEMBER_COUNT];

struct draft {
    uint64_t keys; /* a bit for each member whose key was there */
    uint64_t told; /* a bit for each whose value says something: not null, not "" */
    uint32_t unknown_keys;
    uint32_t cycle[4];
    struct slice data_type, agent_id, worker_id, run_id, hostname;
    struct slice test, test_name, exc_info[3], exc[3];
    struct slice url, method, error, name, kind;
    int64_t seq, status, size, sent, bytes_in, bytes_out; /* -1 when not told, as times */
    int64_t started_unix_us, elapsed_us, dns_us, connect_us, tls_us, ttfb_us;
    double value;
};
extern const struct draft draft_empty;

/* Two halves, because compilers copy as much as a whole draft by `rep movs`,
 * which costs more than reading five members. */
static inline void
draft_init(struct draft *draft)
{
    enum { HALF = sizeof *draft / 2 };

    memcpy(draft, &draft_empty, HALF);
    memcpy((char *)draft + HALF, (const char *)&draft_empty + HALF, sizeof *draft - HALF);
}

static inline void *
draft_at(struct draft *draft, enum member member)
{
    return (char *)draft + member_rules[member].offset;
}

static inline struct slice
draft_text(const struct draft *draft, enum member member)
{
    return *(const struct slice *)((const char *)draft + member_rules[member].offset);
}

/* The setters, one for each form. False: not within its limits. The text is
 * borrowed. */

static inline bool
draft_set_text(struct draft *draft, enum member member, struct slice text)
{
    *(struct slice *)draft_at(draft, member) = text;
    draft->told |= (uint64_t)(text.length > 0) << member;
    return true;
}

static inline bool
draft_set_id(struct draft *draft, enum member member, struct slice text)
{
    /* What Python writes for a variable that is not there. */
    if (text.length == 4 && memcmp(text.data, "None", 4) == 0)
        return true;
    return text.length <= MESSAGE_ID_LIMIT && draft_set_text(draft, member, text);
}

static inline bool
draft_set_count(struct draft *draft, enum member member, int64_t count)
{
    if (count < member_rules[member].min || count > member_rules[member].max)
        return false;
    *(int64_t *)draft_at(draft, member) = count;
    draft->told |= UINT64_C(1) << member;
    return true;
}

/* Never called with a negative time. */
static inline bool
draft_set_us(struct draft *draft, enum member member, int64_t us)
{
    if (us > MESSAGE_ELAPSED_LIMIT_US)
        return false;
    *(int64_t *)draft_at(draft, member) = us;
    draft->told |= UINT64_C(1) << member;
    return true;
}

static inline bool
draft_set_real(struct draft *draft, enum member member, double value)
{
    *(double *)draft_at(draft, member) = value;
    draft->told |= UINT64_C(1) << member;
    return true;
}

bool draft_set_date(struct draft *draft, enum member member, struct slice text);

static inline bool
draft_set_cycle(struct draft *draft, enum member member, size_t index, int64_t count)
{
    if (count < member_rules[member].min || count > member_rules[member].max)
        return false;
    draft->cycle[index] = (uint32_t)count;
    return true;
}

/* Reads digits, at most 18 of them. */
bool count_parse(struct slice text, int64_t *count);

/* Why a draft makes no message. */
struct refusal {
    enum reject reason;
    char why[256];
};
/* Fills it; always returns false. */
bool refuse(struct refusal *refusal, enum reject reason, const char *fmt, ...) PRINTF_LIKE(3, 4);

struct draft_rules {
    struct names members, types;
};
void draft_rules_init(struct draft_rules *rules);

/* The type that `data_type` names, or -1. An unknown one with a test, a
 * loads_status and nothing else beside the envelope is a counter of that name:
 * so the original's incr_counter writes it. */
int draft_type(const struct draft_rules *rules, struct draft *draft, const char *readable_end);
/* The members that a type reads, bit by bit. Others are ignored, whatever they hold. */
uint64_t draft_type_members(int type);

/* What it says of who sends it; nothing else of the message is set. */
void draft_envelope(const struct draft *draft, struct message *message);

/* Makes the message, all but `raw`. False: something is missing or out of its range. */
bool draft_finish(struct draft *draft, int type, struct message *message, struct refusal *refusal);

#endif
