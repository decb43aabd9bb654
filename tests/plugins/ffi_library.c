/* SPDX-License-Identifier: Apache-2.0 */
/* A plain library, without anything of Loads: each function adds a line about its
 * parameters to the file "calls" in the working directory. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int not_a_function = 1;

static void
say(const char *line)
{
    FILE *out = fopen("calls", "a");

    if (out == NULL)
        abort();
    fputs(line, out);
    fputc('\n', out);
    fclose(out);
}

#define SAY(...) do { char line[1000]; snprintf(line, sizeof line, __VA_ARGS__); say(line); } while (0)

__attribute__((constructor)) static void
loaded(void)
{
    FILE *out = fopen("loaded", "w");

    if (out != NULL)
        fclose(out);
}

void
begin(const char *run_id, const char *label, const char *project, const char *json)
{
    SAY("begin %s label=%s project=%s %c", run_id[0] != '\0' ? "id" : "", label, project, json[0]);
}

int
refuse(void)
{
    return 42;
}

void
hit(const char *url, int status, double elapsed_s, bool ok, const char *name, const char *method,
    const char *error)
{
    SAY("hit %s %d %.6f ok=%d name=%s %s error=%s", url, status, elapsed_s, ok, name, method, error);
}

/* One field in every type that can take it, and more than fit into registers. */
void
hit_types(int32_t a, int64_t b, float c, double d, int64_t e, float f, double g, int32_t h, int64_t i,
          const char *j, double k, double l, double m, float n, uint32_t o)
{
    SAY("types %d %lld %g %g %lld %g %g %d %lld %s %g %g %g %g %u", (int)a, (long long)b, (double)c, d,
        (long long)e, (double)f, g, (int)h, (long long)i, j, k, l, m, (double)n, (unsigned)o);
}

/* Fails at the third call. */
int
third_fails(void)
{
    static int count;

    return ++count == 3 ? -7 : 0;
}

/* What returns nothing is not asked: whatever is left in the register. */
int64_t
returns_anything(void)
{
    say("anything");
    return 99;
}

int
crash(void)
{
    volatile int *nowhere = NULL;

    return *nowhere;
}

void
test_event(const char *test)
{
    SAY("test %s", test);
}

void
test_problem(const char *test, const char *message, const char *class_name, const char *traceback)
{
    SAY("problem %s: %s (%s) %s", test, message, class_name, traceback);
}

void
socket_event(uint32_t target, uint32_t cycle_user)
{
    SAY("socket %u user %u", (unsigned)target, (unsigned)cycle_user);
}

void
socket_bytes(int64_t bytes)
{
    SAY("socket message %lld", (long long)bytes);
}

void
metric(const char *name, double value, const char *kind)
{
    SAY("metric %s %g %s", name, value, kind);
}

void
tick(int64_t hits)
{
    SAY("tick %s", hits >= 0 ? "counts" : "");
}

void
end(const char *verdict, int exit_code, const char *reasons, int64_t hits, int64_t success, int64_t failures,
    int64_t p95_us, double p95_s, const char *json)
{
    SAY("end %s %d [%s] %lld hits %lld %lld p95 %lld %.6f %c", verdict, exit_code, reasons, (long long)hits,
        (long long)success, (long long)failures, (long long)p95_us, p95_s, json[0]);
}
