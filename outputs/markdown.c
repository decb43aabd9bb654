/* SPDX-License-Identifier: Apache-2.0 */
/* Output "markdown": a summary for a pull request. In a workflow of GitHub it goes
 * to the step's summary, and what is wrong becomes annotations. */
#include <errno.h>
#include <fcntl.h>
#include <loads/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/document.h"
#include "common/markdown.h"
#include "common/report_file.h"
#include "common/write.h"

enum { TEXT_LIMIT = 1024 * 1024 }; /* GitHub takes no more of a step's summary */

struct markdown {
    const char *filename, *github;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct markdown, filename, .fallback = "-",
                 .help = "Where to write the summary; - is standard output"),
    LOADS_OPTION(struct markdown, github, .fallback = "auto",
                 .help = "yes, no or auto: in a workflow of GitHub, add to the summary of the step instead of "
                         "standard output, and annotate what is wrong"),
    { 0 }
};

/* The file that GitHub collects the step's summary from; NULL when it is not asked for. */
static const char *
step_summary(const struct markdown *markdown)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");

    return strcmp(markdown->github, "no") == 0 || path == NULL || path[0] == '\0' ? NULL : path;
}

static int
markdown_open(void *state, const struct loads_host *host)
{
    const struct markdown *markdown = state;
    struct err err = { 0 };

    if (strcmp(markdown->github, "auto") != 0 && strcmp(markdown->github, "yes") != 0
        && strcmp(markdown->github, "no") != 0)
        return host->fail(host, "github: \"%s\" is none of yes, no and auto", markdown->github);
    if (strcmp(markdown->github, "yes") == 0 && step_summary(markdown) == NULL)
        return host->fail(host, "github: GITHUB_STEP_SUMMARY is not set in the environment");
    return report_file_check(markdown->filename, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

/* Other steps' summaries stand in the file too, so it is added to. */
static int
append(const char *path, struct slice text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool is_written = fd >= 0 && write_all(fd, text.data, text.length) == text.length;
    int error = errno;

    if (fd >= 0)
        close(fd);
    return is_written ? 0 : err_set(err, "cannot write %s: %s", path, strerror(error));
}

/* "::error title=Loads::3 tests failed" */
static void
add_annotations(struct buffer *out, const json_t *document)
{
    const json_t *reason;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(document, "verdict"), "reasons"), i, reason) {
        buffer_add_text(out, "::error title=Load test::");
        for (const char *at = json_string_value(reason); at != NULL && *at != '\0'; at++) {
            if (*at == '%' || *at == '\r' || *at == '\n')
                buffer_printf(out, "%%%02X", *at);
            else
                buffer_add_char(out, *at);
        }
        buffer_add_char(out, '\n');
    }
}

static int
write_summary(const struct markdown *markdown, const json_t *document, struct err *err)
{
    const char *step = step_summary(markdown);
    struct buffer text, annotations;
    struct slice summary;
    int failed;

    buffer_init(&text, TEXT_LIMIT);
    buffer_init(&annotations, TEXT_LIMIT);
    markdown_summary(&text, document);
    summary = (struct slice){ text.data, text.length };
    failed = step != NULL ? append(step, summary, err) : 0;
    if (step == NULL || strcmp(markdown->filename, "-") != 0)
        failed |= report_file_write(markdown->filename, summary, err);
    if (step != NULL) {
        add_annotations(&annotations, document);
        failed |= report_file_write("-", (struct slice){ annotations.data, annotations.length }, err);
    }
    buffer_clear(&annotations);
    buffer_clear(&text);
    return failed;
}

static int
markdown_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct err err = { 0 };
    json_t *document = document_read(result, &err);
    int failed = document != NULL ? write_summary(state, document, &err) : -1;

    json_decref(document);
    return failed == 0 ? 0 : host->fail(host, "%s", err.text);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "markdown",
    .summary = "Write a summary for a pull request",
    .state_size = sizeof(struct markdown),
    .options = options,
    .open = markdown_open,
    .flush = markdown_flush,
);
