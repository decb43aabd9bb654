/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs, from open to flush. */
#include "run/report.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DOCUMENT_LIMIT = 1024 * 1024 * 1024 };

static int
open_output(struct dispatch *dispatch, const struct plugin_path *path, const struct plugin_settings *output,
            const char *why_no_events, struct err *err)
{
    struct loaded loaded;
    void *state;

    if (loaded_open(&loaded, path, LOADS_OUTPUT, output->name, err) != 0)
        return -1;
    if (why_no_events != NULL && loaded.plugin.on_event != NULL) {
        loaded_close(&loaded);
        return err_set(err, "output %s wants every message: %s", output->name, why_no_events);
    }
    if (plugin_state_new(&state, &loaded, output->settings, output->setting_count, err) != 0) {
        loaded_close(&loaded);
        return err_add(err, "output %s", output->name);
    }
    return dispatch_take(dispatch, &loaded, state, err);
}

void
report_head(const struct document_info *info, struct buffer *out)
{
    buffer_init(out, DOCUMENT_LIMIT);
    results_document_head(info, out);
}

void
report_document(const struct results *results, const struct document_info *info, struct buffer *out)
{
    buffer_init(out, DOCUMENT_LIMIT);
    results_document(results, info, out);
}

void
report_describe_verdict(struct document_info *info, const struct verdict *verdict)
{
    info->verdict = (struct document_verdict){ .status = verdict_status(verdict),
                                               .exit_code = (int)verdict->exit_code,
                                               .reasons = (const char *const *)verdict->reasons,
                                               .reason_count = verdict->reason_count };
}

struct dispatch *
report_open(const struct run_settings *settings, const struct document_info *info, const char *why_no_events,
            struct err *err)
{
    struct plugin_path *path = plugin_path_new(settings->plugin_path, getenv("LOADS_PLUGIN_PATH"));
    struct dispatch *dispatch;
    struct buffer head;

    report_head(info, &head);
    dispatch = dispatch_new(head.data, settings->quiet);
    buffer_clear(&head);
    for (size_t i = 0; i < settings->outputs.count; i++) {
        if (open_output(dispatch, path, &settings->outputs.plugins[i], why_no_events, err) != 0) {
            dispatch_free(dispatch);
            plugin_path_free(path);
            return NULL;
        }
    }
    plugin_path_free(path);
    dispatch_start(dispatch);
    return dispatch;
}

static void
add_count(struct verdict *verdict, enum exit_code code, uint64_t count, const char *one, const char *many)
{
    if (count > 0)
        verdict_add(verdict, code, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

void
report_judge(const struct results *results, struct verdict *verdict)
{
    struct loads_totals totals = { .size = sizeof totals };

    results_totals(results, &totals);
    if (totals.hits == 0 && totals.tests_finished == 0 && totals.socket_bytes == 0)
        verdict_add(verdict, EXIT_INVALID, "nothing was measured: no hit, no finished test, no socket message");
    add_count(verdict, EXIT_INVALID, totals.lost, "message was lost", "messages were lost");
    add_count(verdict, EXIT_TESTS_FAILED, totals.failures, "test failed", "tests failed");
    add_count(verdict, EXIT_TESTS_FAILED, totals.errors, "test had errors", "tests had errors");
}

/* The outputs that have failed since `from` of them were known; returns how many
 * are known now. */
static size_t
add_output_failures(const struct dispatch *dispatch, size_t from, struct verdict *verdict)
{
    size_t count = dispatch_failure_count(dispatch);

    for (size_t i = from; i < count; i++)
        verdict_add(verdict, EXIT_INVALID, "%s", dispatch_failure(dispatch, i));
    return count;
}

/* What fails before the document is written stands in it; what fails while the
 * outputs write it can only be told. */
void
report_finish(struct dispatch *dispatch, struct results *results, struct document_info *info,
              struct loads_totals *totals, struct verdict *verdict)
{
    struct loads_result result = { .size = sizeof result };
    struct buffer document;
    size_t told;

    told = add_output_failures(dispatch, 0, verdict);
    report_describe_verdict(info, verdict);
    report_document(results, info, &document);
    if (document.is_full)
        verdict_add(verdict, EXIT_INTERNAL, "the result document is larger than %d bytes", DOCUMENT_LIMIT);
    result.totals = *totals;
    result.json = document.data;
    result.json_length = document.length;
    dispatch_finish(dispatch, &result);
    add_output_failures(dispatch, told, verdict);
    buffer_clear(&document);
}
