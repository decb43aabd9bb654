/* SPDX-License-Identifier: Apache-2.0 */
/* A host of one plugin. */
#include "output_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

const char harness_run_json[] =
    "{\"schema\":\"loads-result/1\",\"run_id\":\"r1\",\"project\":null,\"label\":\"nightly\","
    "\"version\":\"0.1.0\",\"started\":\"2013-07-22T07:12:30.139814Z\",\"plan\":[{\"name\":\"shop.c:test_home\","
    "\"runner\":\"c\",\"cycles\":[{\"users\":10,\"hits\":0,\"duration_s\":2.0}]}]}";

static void LOADS_PRINTF(3, 4)
host_log(const struct loads_host *host, enum loads_level level, const char *fmt, ...)
{
    (void)host;
    (void)level;
    (void)fmt;
}

static int LOADS_PRINTF(2, 3)
host_fail(const struct loads_host *host, const char *fmt, ...)
{
    struct harness *harness = (struct harness *)host;
    va_list args;

    va_start(args, fmt);
    vsnprintf(harness->failure, sizeof harness->failure, fmt, args);
    va_end(args);
    harness->failures++;
    return -1;
}

static void
set_field(const struct harness *harness, const struct loads_option *option, const char *value)
{
    char *field = (char *)harness->state + option->offset;

    switch (option->type) {
    case LOADS_BOOL: *(bool *)field = strcmp(value, "yes") == 0; break;
    case LOADS_STRING: *(const char **)field = value; break;
    default: fail_msg("option %s has a type that no output has", option->name);
    }
}

void
harness_load(struct harness *harness, const char *name)
{
    const char *folder = getenv("top_builddir");
    char *path = xasprintf("%s/outputs/%s.so", folder != NULL ? folder : ".", name);

    *harness = (struct harness){ .host = { .size = sizeof harness->host, .log = host_log, .fail = host_fail,
                                           .run_json = harness_run_json } };
    harness->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (harness->so == NULL)
        fail_msg("%s", dlerror());
    free(path);
    harness->plugin = dlsym(harness->so, "loads_plugin");
    assert_non_null(harness->plugin);
    assert_string_equal(harness->plugin->name, name);
    harness->state = xcalloc(1, harness->plugin->state_size);
    for (const struct loads_option *option = harness->plugin->options; option && option->name; option++)
        if (option->fallback != NULL)
            set_field(harness, option, option->fallback);
}

void
harness_set(struct harness *harness, const char *name, const char *value)
{
    const struct loads_option *option = harness->plugin->options;

    while (option->name != NULL && strcmp(option->name, name) != 0)
        option++;
    assert_non_null(option->name);
    set_field(harness, option, value);
}

void
harness_unload(struct harness *harness)
{
    if (harness->so == NULL)
        return;
    if (harness->was_opened && harness->plugin->close != NULL)
        harness->plugin->close(harness->state);
    free(harness->state);
    dlclose(harness->so);
    harness->so = NULL;
}

int
harness_open(struct harness *harness)
{
    harness->was_opened = true;
    return harness->plugin->open(harness->state, &harness->host);
}

int
harness_event(struct harness *harness, uint32_t target, int64_t received_us, const char *raw)
{
    struct loads_event event = { .size = sizeof event, .type = LOADS_HIT, .target = target,
                                 .received_us = received_us, .run_id = "r1", .agent_id = "a.1",
                                 .raw = raw, .raw_length = strlen(raw) };

    return harness->plugin->on_event(harness->state, &harness->host, &event);
}

int
harness_tick(struct harness *harness, const struct loads_totals *totals)
{
    return harness->plugin->on_tick(harness->state, &harness->host, totals);
}

int
harness_flush(struct harness *harness, const char *json)
{
    struct loads_result result = { .size = sizeof result, .json = json, .json_length = strlen(json) };

    return harness->plugin->flush(harness->state, &harness->host, &result);
}

int
harness_redirect(int fd, int file)
{
    int saved;

    fflush(NULL); /* what the test program itself has still to say */
    saved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    assert_true(saved >= 0);
    assert_int_equal(dup2(file, fd), fd);
    return saved;
}

void
harness_restore(int fd, int saved)
{
    assert_int_equal(dup2(saved, fd), fd);
    close(saved);
}

char *
harness_folder(void)
{
    char *folder = xstrdup("/tmp/loads-test-XXXXXX");

    assert_non_null(mkdtemp(folder));
    return folder;
}

void
harness_remove(char *folder)
{
    char *command = xasprintf("chmod -R u+w %s && rm -rf %s", folder, folder);

    assert_int_equal(system(command), 0);
    free(command);
    free(folder);
}

char *
harness_read(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct buffer text;
    char block[65536];
    ssize_t count;

    if (file < 0)
        fail_msg("cannot open %s", path);
    buffer_init(&text, 256 * 1024 * 1024);
    while ((count = read(file, block, sizeof block)) > 0)
        buffer_add(&text, block, (size_t)count);
    close(file);
    return buffer_take(&text);
}

char *
harness_golden(const char *name)
{
    const char *folder = getenv("top_srcdir");
    char *path = xasprintf("%s/tests/unit/outputs/%s", folder != NULL ? folder : ".", name);
    char *text = harness_read(path);

    free(path);
    return text;
}

bool
harness_exists(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0;
}
