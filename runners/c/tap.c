/* SPDX-License-Identifier: Apache-2.0 */
/* Events as TAP: a line for each test, why it failed as YAML, and each request
 * as a comment. */
#include "tap.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/utf8.h"

void
tap_begin(struct tap *tap, size_t test_count, const char *seed)
{
    struct buffer shown;

    buffer_init(&shown, 64 * 1024);
    utf8_add_visible(&shown, slice_of(seed), false);
    fprintf(tap->out, "TAP version 13\n# --seed %s\n1..%zu\n", shown.data != NULL ? shown.data : "",
            test_count);
    buffer_clear(&shown);
}

/* JSON's strings are YAML's too. */
static void
print_member(FILE *out, const char *key, const char *text)
{
    struct buffer quoted;
    struct json_writer json = { .out = &quoted };

    buffer_init(&quoted, 64 * 1024);
    json_put_text(&json, NULL, text);
    fprintf(out, "  %s: %s\n", key, quoted.data != NULL ? quoted.data : "\"\"");
    buffer_clear(&quoted);
}

static void
print_problem(FILE *out, const struct problem *problem)
{
    fputs("  ---\n", out);
    print_member(out, "message", problem->message);
    print_member(out, "class", problem->class_name);
    if (problem->file != NULL) {
        print_member(out, "file", problem->file);
        fprintf(out, "  line: %d\n", problem->line);
    }
    fputs("  ...\n", out);
}

static void
print_hit(FILE *out, const struct hit *hit)
{
    fprintf(out, "# %s %s: ", hit->method, hit->url);
    if (hit->error != NULL)
        fputs(hit->error, out);
    else
        fprintf(out, "%d", hit->status);
    fprintf(out, " in %" PRId64 ".%03" PRId64 " ms\n", hit->elapsed_us / 1000, hit->elapsed_us % 1000);
}

/* The plan has no number for it, and what comes after it may be missing. */
static void
bail_out(struct tap *tap, const struct event *event)
{
    char message[sizeof event->as.problem->message];
    size_t length = strcspn(event->as.problem->message, "\n");

    snprintf(message, sizeof message, "%.*s", (int)length, event->as.problem->message);
    fprintf(tap->out, "Bail out! %s: %s\n", event->test, message);
}

static void
tell(void *context, const struct event *event)
{
    struct tap *tap = context;

    switch (event->type) {
    case EVENT_SUCCESS:
        fprintf(tap->out, "ok %zu - %s\n", ++tap->finished, event->test);
        break;
    case EVENT_FAILURE:
    case EVENT_ERROR:
        tap->failed++;
        if (event->is_hook) {
            bail_out(tap, event);
            break;
        }
        fprintf(tap->out, "not ok %zu - %s\n", ++tap->finished, event->test);
        print_problem(tap->out, event->as.problem);
        break;
    case EVENT_HIT:
        print_hit(tap->out, event->as.hit);
        break;
    case EVENT_COUNTER:
    case EVENT_GAUGE:
    case EVENT_RATE:
    case EVENT_TREND:
        fprintf(tap->out, "# %s: %g\n", event->as.metric.name, event->as.metric.value);
        break;
    case EVENT_SOCKET_OPEN:
        fputs("# web socket opened\n", tap->out);
        break;
    case EVENT_SOCKET_CLOSE:
        fputs("# web socket closed\n", tap->out);
        break;
    case EVENT_SOCKET_MESSAGE:
        fprintf(tap->out, "# web socket: %" PRIu64 " bytes received\n", event->as.socket_bytes);
        break;
    case EVENT_TEST_START:
    case EVENT_TEST_STOP:
    case EVENT_FOREIGN:
        break;
    }
    /* What came before a crash must not be lost with it. */
    fflush(tap->out);
}

struct listener
tap_listener(struct tap *tap)
{
    return (struct listener){ .context = tap, .tell = tell };
}
