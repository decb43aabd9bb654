/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as people read it. */
#include "run/plan.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { COLUMNS = 80, WORD_LIMIT = 64 * 1024 };

/* "1 user", "2 users" */
static void
add_count(struct buffer *out, uint64_t count, const char *one, const char *many)
{
    buffer_printf(out, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* "0.5 s", "30 s", "1 h 30 min" */
static void
add_time(struct buffer *out, double seconds)
{
    uint64_t minutes = (uint64_t)(seconds / 60);
    double rest_s = seconds - (double)minutes * 60;

    if (minutes >= 60)
        buffer_printf(out, "%llu h", (unsigned long long)minutes / 60);
    if (minutes % 60 > 0)
        buffer_printf(out, "%s%llu min", minutes >= 60 ? " " : "", (unsigned long long)minutes % 60);
    if (minutes == 0 || rest_s >= 0.001)
        buffer_printf(out, "%s%.6g s", minutes > 0 ? " " : "", rest_s);
}

/* As it would be typed in a shell, so that it can be tried by hand. */
static void
add_word(struct buffer *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,@%+";

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        buffer_add_text(out, word);
        return;
    }
    buffer_add_char(out, '\'');
    for (size_t length; *word != '\0'; word += length) {
        length = strcspn(word, "'");
        utf8_add_visible(out, (struct slice){ word, length }, false);
        if (word[length] == '\'') {
            buffer_add_text(out, "'\\''");
            length++;
        }
    }
    buffer_add_char(out, '\'');
}

/* Breaks the line between words, never in one; room is left for " \\". */
static void
add_command(struct buffer *out, char *const *argv)
{
    size_t column = 4;

    buffer_add_text(out, "    ");
    for (size_t i = 0; argv[i] != NULL; i++) {
        struct buffer word;

        buffer_init(&word, WORD_LIMIT);
        add_word(&word, argv[i]);
        if (i > 0 && column + 1 + word.length > COLUMNS - 2) {
            buffer_add_text(out, " \\\n        ");
            column = 8;
        } else if (i > 0) {
            buffer_add_char(out, ' ');
            column++;
        }
        buffer_add(out, word.data, word.length);
        column += word.length;
        buffer_clear(&word);
    }
    buffer_add_char(out, '\n');
}

static void
add_cycle(struct buffer *out, const struct plan_target *target, size_t index)
{
    const struct plan_cycle *cycle = &target->cycles[index];

    buffer_printf(out, "    cycle %zu: ", index + 1);
    add_count(out, cycle->users, "user", "users");
    if (cycle->hits > 0) {
        buffer_add_text(out, " x ");
        add_count(out, cycle->hits, "hit", "hits");
        buffer_add_text(out, " = ");
        add_count(out, cycle->users * cycle->hits, "test", "tests");
    } else {
        buffer_add_text(out, " for ");
        add_time(out, cycle->duration_s);
    }
    buffer_add_text(out, ", ");
    add_count(out, plan_process_count(target, cycle), "process", "processes");
    buffer_add_text(out, target->process_per_hit ? " for each hit\n" : "\n");
}

static void
add_target(struct buffer *out, const struct plan_target *target)
{
    buffer_add_char(out, '\n');
    utf8_add_visible(out, slice_of(target->name), false);
    buffer_printf(out, " (runner: %s)\n", target->runner);
    add_command(out, target->argv);
    for (size_t i = 0; i < target->cycle_count; i++)
        add_cycle(out, target, i);
}

void
plan_describe(const struct plan *plan, struct buffer *out)
{
    buffer_add_text(out, "Plan: ");
    add_count(out, plan->target_count, "target", "targets");
    buffer_add_text(out, ", ");
    add_count(out, plan->stage_count, "cycle", "cycles");
    if (plan->planned_tests > 0) {
        buffer_add_text(out, ", ");
        add_count(out, plan->planned_tests, "test in all", "tests in all");
    }
    if (plan->planned_us > 0) {
        buffer_add_text(out, ", ");
        add_time(out, (double)plan->planned_us / (double)US_PER_S);
        buffer_add_text(out, " in all");
    }
    buffer_add_text(out, "\nTests run in ");
    utf8_add_visible(out, slice_of(plan->test_dir), false);
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < plan->target_count; i++)
        add_target(out, &plan->targets[i]);
}
