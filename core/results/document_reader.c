/* SPDX-License-Identifier: Apache-2.0 */
/* What a result document says of its run: identity, plan, account and verdict. The
 * tables are document_tables.c's. */
#include "results/document_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "protocol/date.h"
#include "results/document_parts.h"
#include "results/document_tables.h"

#define DURATION_LIMIT_S 1e9
enum { EXIT_CODE_LIMIT = 255 };

static int
read_duration(int64_t *duration_ns, const struct json_node *object)
{
    double duration_s;

    if (json_member_number(object, "duration_s", 0, DURATION_LIMIT_S, &duration_s) != 0)
        return -1;
    *duration_ns = llround(duration_s * (double)NS_PER_S);
    return 0;
}

static int
read_started(int64_t *started_unix_ns, const struct json_node *object)
{
    const char *text;

    if (json_member_text(object, "started", DOCUMENT_TEXT_LIMIT, &text) != 0)
        return -1;
    if (!date_parse_ns(slice_of(text), started_unix_ns))
        return json_member_fail(object, "started", "is not a date from 1970 to 2262");
    return 0;
}

static int
read_reasons(struct document_verdict *verdict, const struct json_node *object)
{
    struct json_node reasons;
    const char **texts;

    if (json_node_array(&reasons, object, "reasons", DOCUMENT_REASONS_LIMIT) != 0)
        return -1;
    texts = xcalloc(json_array_size(reasons.json), sizeof *texts);
    verdict->reasons = texts;
    for (size_t i = 0; i < json_array_size(reasons.json); i++) {
        const json_t *reason = json_array_get(reasons.json, i);

        if (!json_is_string(reason) || json_string_length(reason) > DOCUMENT_TEXT_LIMIT)
            return json_node_fail(&reasons, "expected texts of at most %d bytes", DOCUMENT_TEXT_LIMIT);
        texts[verdict->reason_count++] = json_string_value(reason);
    }
    return 0;
}

static int
read_verdict(struct document_verdict *verdict, const struct json_node *object)
{
    struct json_node node;
    uint64_t exit_code;

    if (json_node_object(&node, object, "verdict") != 0
        || json_member_text(&node, "status", DOCUMENT_TEXT_LIMIT, &verdict->status) != 0
        || json_member_count(&node, "exit_code", EXIT_CODE_LIMIT, &exit_code) != 0)
        return -1;
    verdict->exit_code = (int)exit_code;
    return read_reasons(verdict, &node);
}

/* ---- The runs of a merged result. */

static int
read_run(struct document_run *run, const struct json_node *object)
{
    if (json_member_text(object, "run_id", MESSAGE_ID_LIMIT, &run->run_id) != 0
        || json_member_text_or_null(object, "project", DOCUMENT_TEXT_LIMIT, &run->project) != 0
        || json_member_text_or_null(object, "label", DOCUMENT_TEXT_LIMIT, &run->label) != 0
        || json_member_text(object, "version", DOCUMENT_TEXT_LIMIT, &run->version) != 0
        || read_started(&run->started_unix_ns, object) != 0
        || read_duration(&run->duration_ns, object) != 0)
        return -1;
    return read_verdict(&run->verdict, object);
}

static int
read_runs(struct document_info *info, const struct json_node *root)
{
    struct json_node array, item;
    struct document_run *runs;
    size_t count;

    if (json_object_get(root->json, "runs") == NULL)
        return 0;
    if (json_node_array(&array, root, "runs", DOCUMENT_PARTS_LIMIT) != 0)
        return -1;
    count = json_array_size(array.json);
    if (count < 2)
        return json_node_fail(&array, "a merged result has two runs or more");
    runs = xcalloc(count, sizeof *runs);
    info->runs = runs;
    for (size_t i = 0; i < count; i++) {
        info->run_count++;
        if (json_node_item(&item, &array, i) != 0 || read_run(&runs[i], &item) != 0)
            return -1;
    }
    return 0;
}

/* ---- The plan. */

static int
read_cycle(struct document_cycle *cycle, const struct json_node *object)
{
    uint64_t users;

    if (json_member_count(object, "users", UINT32_MAX, &users) != 0)
        return -1;
    cycle->users = (uint32_t)users;
    if (json_object_get(object->json, "duration_s") != NULL)
        return json_member_number(object, "duration_s", 1e-9, DURATION_LIMIT_S, &cycle->duration_s);
    if (json_member_count(object, "hits", JSON_COUNT_LIMIT, &cycle->hits) != 0)
        return -1;
    return cycle->hits > 0 ? 0 : json_member_fail(object, "hits", "is 0");
}

static int
read_target(struct document_target *target, const struct json_node *object, const struct document_info *info)
{
    struct json_node cycles, item;
    bool is_known = info->run_count == 0;

    if (json_member_text(object, "name", DOCUMENT_TEXT_LIMIT, &target->name) != 0
        || json_member_text(object, "runner", DOCUMENT_TEXT_LIMIT, &target->runner) != 0
        || (info->run_count > 0
            && json_member_text(object, "run_id", MESSAGE_ID_LIMIT, &target->run_id) != 0)
        || json_node_array(&cycles, object, "cycles", DOCUMENT_PARTS_LIMIT) != 0)
        return -1;
    for (size_t i = 0; i < info->run_count && !is_known; i++)
        is_known = strcmp(info->runs[i].run_id, target->run_id) == 0;
    if (!is_known)
        return json_member_fail(object, "run_id", "is not one of runs");
    target->cycles = xcalloc(json_array_size(cycles.json), sizeof *target->cycles);
    for (; target->cycle_count < json_array_size(cycles.json); target->cycle_count++)
        if (json_node_item(&item, &cycles, target->cycle_count) != 0
            || read_cycle(&target->cycles[target->cycle_count], &item) != 0)
            return -1;
    return 0;
}

static int
read_plan(struct document_info *info, const struct json_node *root)
{
    struct json_node array, item;
    struct document_target *targets;
    size_t count;

    if (json_node_array(&array, root, "plan", RESULTS_TARGETS_LIMIT) != 0)
        return -1;
    count = json_array_size(array.json);
    if (count == 0)
        return json_node_fail(&array, "is empty");
    targets = xcalloc(count, sizeof *targets);
    info->targets = targets;
    for (size_t i = 0; i < count; i++) {
        info->target_count++;
        if (json_node_item(&item, &array, i) != 0 || read_target(&targets[i], &item, info) != 0)
            return -1;
    }
    return 0;
}

static int
read_info(struct document_info *info, const struct json_node *root)
{
    if (json_member_text(root, "run_id", MESSAGE_ID_LIMIT, &info->run_id) != 0
        || json_member_text_or_null(root, "project", DOCUMENT_TEXT_LIMIT, &info->project) != 0
        || json_member_text_or_null(root, "label", DOCUMENT_TEXT_LIMIT, &info->label) != 0
        || json_member_text(root, "version", DOCUMENT_TEXT_LIMIT, &info->version) != 0
        || read_started(&info->started_unix_ns, root) != 0
        || read_duration(&info->duration_ns, root) != 0
        || read_runs(info, root) != 0
        || read_plan(info, root) != 0)
        return -1;
    return read_verdict(&info->verdict, root);
}

/* ---- The account. */

static int
read_rejected(struct account *account, const struct json_node *messages)
{
    struct json_node rejected;
    uint64_t malformed;

    if (json_node_object(&rejected, messages, "rejected") != 0
        || json_member_count(messages, "malformed", JSON_COUNT_LIMIT, &malformed) != 0)
        return -1;
    for (size_t i = 0; i < REJECT_COUNT; i++)
        if (json_member_count(&rejected, reject_names[i], JSON_COUNT_LIMIT, &account->rejected[i]) != 0)
            return -1;
    return malformed == account_malformed(account)
             ? 0 : json_member_fail(messages, "malformed", "is not the sum of rejected");
}

static int
read_account(struct account *account, const struct json_node *root)
{
    struct json_node node;

    if (json_node_object(&node, root, "messages") != 0
        || json_member_count(&node, "received", JSON_COUNT_LIMIT, &account->received) != 0
        || json_member_count(&node, "counted", JSON_COUNT_LIMIT, &account->counted) != 0
        || json_member_count(&node, "unknown", JSON_COUNT_LIMIT, &account->unknown) != 0
        || json_member_count(&node, "duplicate", JSON_COUNT_LIMIT, &account->duplicate) != 0
        || json_member_count(&node, "lost", JSON_COUNT_LIMIT, &account->lost) != 0
        || json_member_count(&node, "unnumbered", JSON_COUNT_LIMIT, &account->unnumbered) != 0
        || read_rejected(account, &node) != 0)
        return -1;
    if (account->received != account->counted + account_malformed(account) + account->unknown + account->duplicate)
        return json_member_fail(&node, "received", "is not the sum of counted, malformed, unknown and duplicate");
    return 0;
}

/* ---- The whole. */

static int
check_schema(const struct json_node *root)
{
    const char *schema = json_string_value(json_object_get(root->json, "schema"));

    if (!json_is_object(root->json) || schema == NULL)
        return json_node_fail(root, "neither a result that output \"json\" wrote nor a recording of output "
                                    "\"file\": it has no member schema");
    if (strcmp(schema, DOCUMENT_SCHEMA) != 0)
        return json_member_fail(root, "schema", "expected " DOCUMENT_SCHEMA ", not %.60s", schema);
    return 0;
}

/* They are in the results now, and the largest part. */
static void
forget_tables(json_t *root)
{
    static const char *const keys[] = { "names", "tests", "metrics", "errors", "timeline" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        json_object_del(root, keys[i]);
}

int
document_read_text(struct document *document, struct slice text, struct err *err)
{
    json_error_t error;
    struct json_node root = { .err = err };

    *document = (struct document){ 0 };
    root.json = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &error);
    if (root.json == NULL)
        return err_set(err, "not JSON: line %d, column %d: %s", error.line, error.column, error.text);
    document->json = root.json;
    document->results = results_new();
    if (check_schema(&root) == 0 && read_info(&document->info, &root) == 0
        && read_account(&document->results->account, &root) == 0
        && document_read_tables(document->results, &root, &document->info) == 0) {
        forget_tables(root.json);
        return 0;
    }
    document_clear(document);
    return -1;
}

void
document_clear(struct document *document)
{
    struct document_info *info = &document->info;

    for (size_t i = 0; i < info->target_count; i++)
        free(info->targets[i].cycles);
    for (size_t i = 0; i < info->run_count; i++)
        free((void *)info->runs[i].verdict.reasons);
    free((void *)info->targets);
    free((void *)info->runs);
    free((void *)info->verdict.reasons);
    results_free(document->results);
    json_decref(document->json);
    *document = (struct document){ 0 };
}
