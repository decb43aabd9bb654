/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's target and environment. */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fiber.h"

enum { USERS_LIMIT = 1000000, HITS_LIMIT = 1000000000, DURATION_LIMIT_S = 30 * 86400 };

static bool
is_identifier(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

/* A colon may also be part of a file's name: only an identifier is a test. */
static void
split_target(struct settings *settings, const char *target)
{
    const char *colon = strrchr(target, ':');

    if (colon != NULL && is_identifier(colon + 1)) {
        settings->file = xstrndup(target, (size_t)(colon - target));
        settings->test = xstrdup(colon + 1);
    } else {
        settings->file = xstrdup(target);
    }
}

/* Reads an integer from 1 to `limit`; `value` stays when the variable is not set. */
static int
read_count(const char *name, uint64_t limit, uint64_t *value, struct err *err)
{
    const char *text = getenv(name);
    unsigned long long number;
    char *end;

    if (text == NULL)
        return 0;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number < 1 || number > limit)
        return err_set(err, "%s is \"%s\": a whole number from 1 to %llu is needed", name, text,
                       (unsigned long long)limit);
    *value = number;
    return 0;
}

static int
read_duration(double *duration_s, struct err *err)
{
    const char *text = getenv("LOADS_DURATION");
    double number;
    char *end;

    if (text == NULL)
        return 0;
    number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number) || number <= 0 || number > DURATION_LIMIT_S)
        return err_set(err, "LOADS_DURATION is \"%s\": seconds, more than 0 and up to %d, are needed",
                       text, DURATION_LIMIT_S);
    *duration_s = number;
    return 0;
}

static int
read_load(struct settings *settings, struct err *err)
{
    uint64_t total = 1, first = 1, users = 1, hits = 0, protocol = 1;

    if (read_count("LOADS_TOTAL_USERS", USERS_LIMIT, &total, err) < 0 ||
        read_count("LOADS_CURRENT_USER", USERS_LIMIT, &first, err) < 0 ||
        read_count("LOADS_PROCESS_USERS", USERS_LIMIT, &users, err) < 0 ||
        read_count("LOADS_TOTAL_HITS", HITS_LIMIT, &hits, err) < 0 ||
        read_count("LOADS_PROTOCOL", UINT32_MAX, &protocol, err) < 0 ||
        read_duration(&settings->duration_s, err) < 0)
        return -1;
    if (hits > 0 && settings->duration_s > 0)
        return err_set(err, "LOADS_TOTAL_HITS and LOADS_DURATION are both set: one is needed");
    if (hits == 0 && settings->duration_s <= 0)
        hits = 1;
    settings->total_users = (uint32_t)total;
    settings->first_user = (uint32_t)first;
    settings->process_users = (uint32_t)users;
    settings->hits = hits;
    settings->protocol = (uint32_t)protocol;
    return 0;
}

int
settings_init(struct settings *settings, const char *target, const char *url, struct err *err)
{
    const char *run_id = getenv("LOADS_RUN_ID");
    const char *agent_id = getenv("LOADS_AGENT_ID");

    *settings = (struct settings){
        .server_url = url,
        .receiver = getenv("LOADS_ZMQ_RECEIVER"),
        .run_id = run_id != NULL ? run_id : "",
        .agent_id = agent_id != NULL ? agent_id : "c-runner",
        .protocol = 1, .total_users = 1, .first_user = 1, .process_users = 1, .hits = 1,
        .stack_size = FIBER_STACK_SIZE,
    };
    /* Without a host the rest of the environment means nothing. */
    if (settings->receiver != NULL && read_load(settings, err) < 0)
        return -1;
    split_target(settings, target);
    return 0;
}

void
settings_clear(struct settings *settings)
{
    free(settings->file);
    free(settings->test);
    *settings = (struct settings){ 0 };
}
