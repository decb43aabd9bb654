/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and trailers of recorded runs, read with jansson. */
#include "protocol/recording.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "protocol/date.h"
#include "protocol/recording_names.h"

enum { PART_LIMIT = 10000 }; /* targets, cycles, reasons, changes: each */

static json_t *
read_object(struct slice line, struct err *err)
{
    json_error_t error;
    json_t *json = json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL)
        err_set(err, "not JSON: %s", error.text);
    else if (json_is_object(json))
        return json;
    else
        err_set(err, "not a JSON object");
    json_decref(json);
    return NULL;
}

static uint64_t
count_of(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (uint64_t)value : 0;
}

static const char *
text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- The header. */

static void
read_cycles(struct document_target *target, const json_t *cycles)
{
    const json_t *cycle;
    size_t index;

    target->cycle_count = json_array_size(cycles);
    target->cycles = xcalloc(target->cycle_count, sizeof *target->cycles);
    json_array_foreach(cycles, index, cycle)
        target->cycles[index] =
            (struct document_cycle){ .users = (uint32_t)count_of(cycle, "users"), .hits = count_of(cycle, "hits"),
                                     .duration_s = json_number_value(json_object_get(cycle, "duration_s")) };
}

static int
read_targets(struct recording_head *head, const json_t *plan, struct err *err)
{
    size_t count = json_array_size(plan);
    struct document_target *targets;

    if (count == 0 || count > PART_LIMIT)
        return err_set(err, "its plan has %zu targets", count);
    targets = xcalloc(count, sizeof *targets);
    head->info.targets = targets;
    head->target_names = xcalloc(count, sizeof *head->target_names);
    for (size_t i = 0; i < count; i++) {
        const json_t *target = json_array_get(plan, i), *cycles = json_object_get(target, "cycles");

        head->info.target_count++;
        targets[i].name = head->target_names[i] = text_of(target, "name");
        targets[i].runner = text_of(target, "runner");
        if (targets[i].name == NULL || targets[i].runner == NULL || json_array_size(cycles) > PART_LIMIT)
            return err_set(err, "target %zu of its plan is not complete", i + 1);
        read_cycles(&targets[i], cycles);
    }
    return 0;
}

int
recording_head_parse(struct recording_head *head, struct slice line, struct err *err)
{
    json_t *json = read_object(line, err);
    const char *started;

    *head = (struct recording_head){ .json = json };
    if (json == NULL)
        return -1;
    head->info.run_id = text_of(json, "run_id");
    head->info.project = text_of(json, "project");
    head->info.label = text_of(json, "label");
    head->info.version = text_of(json, "version");
    started = text_of(json, "started");
    if (head->info.run_id == NULL || head->info.version == NULL) {
        err_set(err, "run_id or version is missing");
    } else if (started == NULL || !date_parse_ns(slice_of(started), &head->info.started_unix_ns)) {
        err_set(err, "started is not a date from 1970 to 2262");
    } else if (read_targets(head, json_object_get(json, "plan"), err) == 0) {
        return 0;
    }
    recording_head_clear(head);
    return -1;
}

void
recording_head_clear(struct recording_head *head)
{
    for (size_t i = 0; i < head->info.target_count; i++)
        free(head->info.targets[i].cycles);
    free((struct document_target *)head->info.targets);
    free(head->target_names);
    json_decref(head->json);
    *head = (struct recording_head){ 0 };
}

/* ---- The trailer. */

static void
read_account(struct account *account, const json_t *messages)
{
    const json_t *rejected = json_object_get(messages, "rejected");

    *account = (struct account){ .received = count_of(messages, "received"),
                                 .counted = count_of(messages, "counted"),
                                 .unknown = count_of(messages, "unknown"),
                                 .duplicate = count_of(messages, "duplicate"),
                                 .unnumbered = count_of(messages, "unnumbered"),
                                 .lost = count_of(messages, "lost") };
    for (size_t i = 0; i < REJECT_COUNT; i++)
        account->rejected[i] = count_of(rejected, reject_names[i]);
}

static void
read_reasons(struct recording_end *end, const json_t *reasons)
{
    size_t count = json_array_size(reasons) < PART_LIMIT ? json_array_size(reasons) : PART_LIMIT;

    end->reasons = xcalloc(count, sizeof *end->reasons);
    for (size_t i = 0; i < count; i++) {
        const char *reason = json_string_value(json_array_get(reasons, i));

        if (reason != NULL)
            end->reasons[end->reason_count++] = reason;
    }
}

static void
read_users(struct recording_end *end, const json_t *changes)
{
    const json_t *change;
    size_t index;

    end->users = xcalloc(json_array_size(changes), sizeof *end->users);
    json_array_foreach(changes, index, change)
        end->users[end->user_count++] =
            (struct recording_users){ .second = (uint32_t)json_number_value(json_array_get(change, 0)),
                                      .users = (uint32_t)json_integer_value(json_array_get(change, 1)) };
}

int
recording_end_parse(struct recording_end *end, struct slice line, struct err *err)
{
    json_t *json = read_object(line, err);
    const json_t *messages, *verdict;
    double duration_s;

    *end = (struct recording_end){ .json = json };
    if (json == NULL)
        return -1;
    messages = json_object_get(json, "messages");
    verdict = json_object_get(json, "verdict");
    duration_s = json_number_value(json_object_get(json, "duration_s"));
    end->verdict_status = text_of(verdict, "status");
    if (!json_is_object(messages) || end->verdict_status == NULL || !(duration_s >= 0) || duration_s > 1e9) {
        recording_end_clear(end);
        return err_set(err, "messages, verdict or duration_s is missing");
    }
    end->duration_ns = (int64_t)llround(duration_s * (double)NS_PER_S);
    end->exit_code = (int)json_integer_value(json_object_get(verdict, "exit_code"));
    end->seconds = (uint32_t)count_of(json, "timeline_s");
    read_account(&end->account, messages);
    read_reasons(end, json_object_get(verdict, "reasons"));
    read_users(end, json_object_get(json, "users"));
    return 0;
}

void
recording_end_clear(struct recording_end *end)
{
    free(end->reasons);
    free(end->users);
    json_decref(end->json);
    *end = (struct recording_end){ 0 };
}

/* ---- Messages. */

/* Reads `prefix` and a number; NULL when they are not there. */
static char *
read_number(char *at, const char *end, const char *prefix, int64_t limit, int64_t *number)
{
    size_t length = strlen(prefix);
    char *first;

    if ((size_t)(end - at) < length || memcmp(at, prefix, length) != 0)
        return NULL;
    at += length;
    *number = 0;
    for (first = at; at < end && *at >= '0' && *at <= '9' && *number <= limit; at++)
        *number = *number * 10 + (*at - '0');
    return at > first && *number <= limit ? at : NULL;
}

int
recording_message_parse(char *line, size_t length, int64_t *received_us, uint32_t *target, struct slice *message,
                        struct err *err)
{
    static const int64_t received_limit = INT64_MAX / 100;
    const char *end = line + length;
    int64_t number;
    char *at = read_number(line, end, RECORDING_MESSAGE_PREFIX, received_limit, received_us);

    if (at != NULL)
        at = read_number(at, end, ",\"target\":", UINT32_MAX, &number);
    if (at == NULL || at == end || (*at != ',' && *at != '}'))
        return err_set(err, "does not begin with received_us and target");
    *target = (uint32_t)number;
    if (*at == '}') /* a message without members */
        at--;
    *at = '{';
    *message = (struct slice){ .data = at, .length = recording_restore_names(at, (size_t)(end - at)) };
    return 0;
}
