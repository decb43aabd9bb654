/* SPDX-License-Identifier: Apache-2.0 */
/* Values, form by form. */
#include "protocol/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "protocol/scan.h"

/* What is wrong with a value. */
enum fault { FAULT_NONE, FAULT_TYPE, FAULT_RANGE, FAULT_TOO_BIG };

static enum fault
read_id(struct draft *draft, enum member member, const json_t *value, struct slice source)
{
    /* "-0" is the one integer that has two texts. */
    if (json_is_integer(value))
        return draft_set_id(draft, member, json_integer_value(value) == 0 ? SLICE("0") : source) ? FAULT_NONE
                                                                                                 : FAULT_RANGE;
    if (!json_is_string(value))
        return FAULT_TYPE;
    return draft_set_id(draft, member, string_slice(value)) ? FAULT_NONE : FAULT_RANGE;
}

/* An integer, or where it `may_be_text` digits in quotes. */
static enum fault
read_count(const json_t *value, bool may_be_text, int64_t *count)
{
    if (json_is_integer(value)) {
        *count = json_integer_value(value);
        return FAULT_NONE;
    }
    if (may_be_text && json_is_string(value) && count_parse(string_slice(value), count))
        return FAULT_NONE;
    return FAULT_TYPE;
}

static enum fault
read_seconds(struct draft *draft, enum member member, const json_t *value)
{
    double seconds = json_number_value(value);

    if (!json_is_number(value))
        return FAULT_TYPE;
    /* Ten days are far past the limit, and far from where llround would overflow. */
    if (seconds < 0 || seconds > 864000 || !draft_set_us(draft, member, llround(seconds * 1e6)))
        return FAULT_RANGE;
    return FAULT_NONE;
}

static enum fault
read_cycle(struct draft *draft, enum member member, const json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) != 4)
        return FAULT_TYPE;
    for (size_t i = 0; i < 4; i++) {
        const json_t *item = json_array_get(value, i);
        int64_t count = 0;

        if (!json_is_null(item) && read_count(item, true, &count) != FAULT_NONE)
            return FAULT_TYPE;
        if (!draft_set_cycle(draft, member, i, count))
            return FAULT_RANGE;
    }
    draft->told |= UINT64_C(1) << member;
    return FAULT_NONE;
}

/* An item that is no string stands as it was written. */
static enum fault
read_exc(struct draft *draft, enum member member, const json_t *value, struct slice source)
{
    struct slice *exc = draft_at(draft, member), item_source;
    struct scan_parts parts;

    if (!json_is_array(value) || json_array_size(value) > 3)
        return FAULT_TYPE;
    parts = scan_parts_of(source);
    for (size_t i = 0; scan_next_item(&parts, &item_source); i++) {
        const json_t *item = json_array_get(value, i);

        if (json_is_string(item))
            exc[i] = string_slice(item);
        else if (!json_is_null(item))
            exc[i] = item_source;
        if (exc[i].length > MESSAGE_STRING_LIMIT)
            return FAULT_TOO_BIG;
    }
    draft->told |= UINT64_C(1) << member;
    return FAULT_NONE;
}

static enum fault
read_value(struct draft *draft, enum member member, const json_t *value, struct slice source)
{
    enum member_form form = member_rules[member].form;
    int64_t count;

    switch (form) {
    case FORM_TEXT:
        if (!json_is_string(value))
            return FAULT_TYPE;
        draft_set_text(draft, member, string_slice(value));
        return FAULT_NONE;
    case FORM_ID:
        return read_id(draft, member, value, source);
    case FORM_COUNT:
    case FORM_STATUS:
        if (read_count(value, form == FORM_STATUS, &count) != FAULT_NONE)
            return FAULT_TYPE;
        return draft_set_count(draft, member, count) ? FAULT_NONE : FAULT_RANGE;
    case FORM_SECONDS:
        return read_seconds(draft, member, value);
    case FORM_REAL:
        if (!json_is_number(value))
            return FAULT_TYPE;
        draft_set_real(draft, member, json_number_value(value));
        return FAULT_NONE;
    case FORM_DATE:
        if (!json_is_string(value))
            return FAULT_TYPE;
        return draft_set_date(draft, member, string_slice(value)) ? FAULT_NONE : FAULT_RANGE;
    case FORM_CYCLE:
        return read_cycle(draft, member, value);
    case FORM_EXC:
        return read_exc(draft, member, value, source);
    case FORM_OBJECT:
        return json_is_object(value) ? FAULT_NONE : FAULT_TYPE;
    }
    return FAULT_TYPE;
}

/* What a member must be, for people. */
static void
describe_rule(enum member member, enum fault fault, char *text, size_t size)
{
    static const char *const types[] = {
        [FORM_TEXT] = "a string", [FORM_ID] = "a string or an integer", [FORM_COUNT] = "an integer",
        [FORM_STATUS] = "an integer", [FORM_SECONDS] = "a number of seconds", [FORM_REAL] = "a number",
        [FORM_DATE] = "a string", [FORM_CYCLE] = "an array of four integers",
        [FORM_EXC] = "an array of at most three items", [FORM_OBJECT] = "an object",
    };
    const struct member_rule *rule = &member_rules[member];

    if (fault == FAULT_TYPE)
        snprintf(text, size, "%s", types[rule->form]);
    else if (fault == FAULT_TOO_BIG)
        snprintf(text, size, "of items of at most %d bytes", MESSAGE_STRING_LIMIT);
    else if (rule->form == FORM_ID)
        snprintf(text, size, "at most %d bytes", MESSAGE_ID_LIMIT);
    else if (rule->form == FORM_SECONDS)
        snprintf(text, size, "0 to %" PRId64 " seconds", MESSAGE_ELAPSED_LIMIT_US / 1000000);
    else if (rule->form == FORM_DATE)
        snprintf(text, size, "an ISO 8601 date from 1970 on");
    else
        snprintf(text, size, "%" PRId64 " to %" PRId64, rule->min, rule->max);
}

static bool
refuse_value(struct refusal *refusal, enum member member, enum fault fault, struct slice source)
{
    static const enum reject reasons[] = {
        [FAULT_TYPE] = REJECT_TYPE, [FAULT_RANGE] = REJECT_RANGE, [FAULT_TOO_BIG] = REJECT_TOO_BIG,
    };
    struct slice shown = utf8_prefix(source, 60);
    struct buffer visible;
    char rule[64];

    buffer_init(&visible, 120);
    utf8_add_visible(&visible, shown, false);
    describe_rule(member, fault, rule, sizeof rule);
    refuse(refusal, reasons[fault], "%s is %s%s, must be %s", member_rules[member].name,
           visible.data != NULL ? visible.data : "", shown.length < source.length ? "..." : "", rule);
    buffer_clear(&visible);
    return false;
}

bool
values_read(const struct members *members, const json_t *object, uint64_t wanted, struct draft *draft,
            struct refusal *refusal)
{
    for (int member = 0; member < MEMBER_COUNT; member++) {
        const json_t *value;
        enum fault fault;

        if ((wanted & members->keys & UINT64_C(1) << member) == 0)
            continue;
        value = json_object_get(object, member_rules[member].name);
        if (json_is_null(value))
            continue;
        fault = read_value(draft, (enum member)member, value, members->sources[member]);
        if (fault != FAULT_NONE)
            return refuse_value(refusal, (enum member)member, fault, members->sources[member]);
    }
    return true;
}
