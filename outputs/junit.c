/* SPDX-License-Identifier: Apache-2.0 */
/* Output "junit": what CI servers show as test results. Each test is a case that
 * fails when any of its runs did; the verdict is a case of its own, so that a run
 * in which nothing was measured does not pass. */
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <unistd.h>

#include "common/document.h"
#include "common/report.h"
#include "common/xml.h"

enum { ERRORS_SHOWN = 100 };

struct junit {
    const char *filename;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct junit, filename, .fallback = "loads-junit.xml",
                 .help = "Where to write the XML; - is standard output"),
    { 0 }
};

struct counts {
    size_t tests, failures, errors;
};

static bool
is_passed(const json_t *verdict)
{
    return slice_equal(document_text(verdict, "status"), SLICE("pass"));
}

/* A case is a failure or an error, never both: schemas allow one. */
static struct counts
count_cases(const json_t *document)
{
    const json_t *tests = json_object_get(document, "tests"), *test;
    struct counts counts = { .tests = json_array_size(tests) + 1,
                             .failures = is_passed(json_object_get(document, "verdict")) ? 0 : 1 };
    size_t i;

    json_array_foreach(tests, i, test) {
        if (document_count(test, "errors") > 0)
            counts.errors++;
        else if (document_count(test, "failures") > 0)
            counts.failures++;
    }
    return counts;
}

static void
add_seconds(struct buffer *out, double seconds)
{
    buffer_printf(out, " time=\"%.6f\"", seconds > 0 ? seconds : 0);
}

/* A case's class is the target that ran it; its time that of an average run. */
static void
add_case(struct buffer *out, const json_t *test)
{
    uint64_t failures = document_count(test, "failures"), errors = document_count(test, "errors");
    uint64_t runs = document_count(test, "success") + failures + errors;
    const char *outcome = errors > 0 ? "error" : "failure";

    buffer_add_text(out, "    <testcase");
    xml_add_attribute(out, "name", document_text(test, "name"));
    xml_add_attribute(out, "classname", document_text(test, "target"));
    add_seconds(out, document_number(json_object_get(test, "latency"), "mean_us") / 1e6);
    if (failures == 0 && errors == 0) {
        buffer_add_text(out, "/>\n");
        return;
    }
    buffer_printf(out, ">\n      <%s type=\"%s\" message=\"%" PRIu64 " failed and %" PRIu64 " had errors, of %" PRIu64
                       " runs\"/>\n    </testcase>\n", outcome, outcome, failures, errors, runs);
}

static void
add_verdict(struct buffer *out, const json_t *verdict)
{
    const json_t *reasons = json_object_get(verdict, "reasons"), *reason;
    size_t i;

    buffer_add_text(out, "    <testcase name=\"verdict\" classname=\"loads\" time=\"0\"");
    if (is_passed(verdict)) {
        buffer_add_text(out, "/>\n");
        return;
    }
    buffer_add_text(out, ">\n      <failure");
    xml_add_attribute(out, "type", document_text(verdict, "status"));
    xml_add_attribute(out, "message", slice_of(json_string_value(json_array_get(reasons, 0))));
    buffer_add_char(out, '>');
    json_array_foreach(reasons, i, reason) {
        xml_add_text(out, slice_of(json_string_value(reason)));
        buffer_add_char(out, '\n');
    }
    buffer_add_text(out, "</failure>\n    </testcase>\n");
}

/* Errors are counted by what they say, not by test: they stand beside the cases. */
static void
add_errors(struct buffer *out, const json_t *errors)
{
    const json_t *error;
    size_t i;

    buffer_add_text(out, "    <system-out/>\n    <system-err>");
    json_array_foreach(errors, i, error) {
        if (i == ERRORS_SHOWN) {
            buffer_printf(out, "and %zu more\n", json_array_size(errors) - i);
            break;
        }
        buffer_printf(out, "%" PRIu64 " x ", document_count(error, "count"));
        xml_add_text(out, document_text(error, "class"));
        buffer_add_text(out, ": ");
        xml_add_text(out, document_text(error, "message"));
        buffer_add_char(out, '\n');
        xml_add_text(out, document_text(error, "traceback"));
        buffer_add_char(out, '\n');
    }
    buffer_add_text(out, "</system-err>\n");
}

static void
add_properties(struct buffer *out, const json_t *document)
{
    static const char *const named[] = { "run_id", "project", "label", "version" };

    buffer_add_text(out, "    <properties>\n");
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        struct slice value = document_text(document, named[i]);

        if (value.length == 0)
            continue;
        buffer_printf(out, "      <property name=\"%s\"", named[i]);
        xml_add_attribute(out, "value", value);
        buffer_add_text(out, "/>\n");
    }
    buffer_add_text(out, "    </properties>\n");
}

static void
add_suite(struct buffer *out, const json_t *document)
{
    enum { DATE_AND_TIME = 19 };
    struct counts counts = count_cases(document);
    struct slice project = document_text(document, "project"), started = document_text(document, "started");
    char host[256] = "";

    if (started.length > DATE_AND_TIME)
        started.length = DATE_AND_TIME;
    gethostname(host, sizeof host - 1);
    buffer_add_text(out, "  <testsuite id=\"0\" package=\"loads\"");
    xml_add_attribute(out, "name", project.length > 0 ? project : SLICE("loads"));
    xml_add_attribute(out, "timestamp", started);
    xml_add_attribute(out, "hostname", host[0] != '\0' ? slice_of(host) : SLICE("localhost"));
    buffer_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", counts.tests, counts.failures,
                  counts.errors);
    add_seconds(out, document_number(document, "duration_s"));
    buffer_add_text(out, ">\n");
}

static void
add_junit(struct buffer *out, const json_t *document, const void *context)
{
    const json_t *test;
    size_t i;

    (void)context;
    buffer_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    add_suite(out, document);
    add_properties(out, document);
    json_array_foreach(json_object_get(document, "tests"), i, test)
        add_case(out, test);
    add_verdict(out, json_object_get(document, "verdict"));
    add_errors(out, json_object_get(document, "errors"));
    buffer_add_text(out, "  </testsuite>\n</testsuites>\n");
}

static int
junit_open(void *state, const struct loads_host *host)
{
    return report_open(host, ((const struct junit *)state)->filename);
}

static int
junit_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    return report_flush(host, result, ((const struct junit *)state)->filename, add_junit, NULL);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "junit",
    .summary = "Write the tests and the verdict as JUnit XML, for CI servers",
    .state_size = sizeof(struct junit),
    .options = options,
    .open = junit_open,
    .flush = junit_flush,
);
