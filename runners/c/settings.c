/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's target and environment. */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/siphash.h"
#include "fiber.h"
#include "url.h"

enum { USERS_LIMIT = 1000000, HITS_LIMIT = 1000000000, DURATION_LIMIT_S = 30 * 86400,
       STACK_LIMIT_KIB = 1024 * 1024 };

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

/* An integer from `least` to `limit`; `value` stays when `text` is NULL. */
static int
parse_count(const char *name, const char *text, uint64_t least, uint64_t limit, uint64_t *value,
            struct err *err)
{
    unsigned long long number;
    char *end;

    if (text == NULL)
        return 0;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number < least || number > limit)
        return err_set(err, "%s is \"%s\": a whole number from %llu to %llu is needed", name, text,
                       (unsigned long long)least, (unsigned long long)limit);
    *value = number;
    return 0;
}

static int
read_count(const char *name, uint64_t limit, uint64_t *value, struct err *err)
{
    return parse_count(name, getenv(name), 1, limit, value, err);
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

/* LOADS_STATUS is "hits,users,hit,user": which hit this process begins with. */
static void
read_first_turn(struct settings *settings)
{
    const char *text = getenv("LOADS_STATUS");
    unsigned long long hit = 0;

    if (text != NULL && sscanf(text, "%*[0-9],%*[0-9],%10llu,", &hit) == 1 && hit > 0)
        settings->first_turn = hit;
}

/* A seed that was not given is the run's id, which its report shows; without a
 * run anything will do. */
static char *
choose_seed(const struct arguments *arguments, const char *run_id)
{
    struct siphash_key chance;

    if (arguments->seed != NULL)
        return xstrdup(arguments->seed);
    if (run_id[0] != '\0')
        return xstrdup(run_id);
    siphash_key_random(&chance);
    return xasprintf("%" PRIu64, chance.k0);
}

/* What the arguments alone decide. */
static int
take_arguments(struct settings *settings, const struct arguments *arguments, struct err *err)
{
    uint64_t users = 0, stack_kib = 0;

    if (arguments->server_url != NULL && !url_is_http(arguments->server_url))
        return err_set(err, "--server-url \"%s\" does not start with http:// or https://",
                       arguments->server_url);
    settings->server_url = arguments->server_url;
    settings->data = arguments->data;
    if (arguments->data == NULL && (arguments->data_order != NULL || arguments->data_is_unique))
        return err_set(err, "--data-order and --data-unique need --data");
    if (arguments->data_order != NULL &&
        deal_order_parse(&settings->data_order, arguments->data_order, err) < 0)
        return -1;
    settings->data_is_unique = arguments->data_is_unique;
    if (parse_count("--data-unique", arguments->data_users, 1, USERS_LIMIT, &users, err) < 0)
        return -1;
    settings->data_users = (uint32_t)users;
    if (arguments->ca_file != NULL && arguments->is_insecure)
        return err_set(err, "--insecure trusts any certificate: --ca-file means nothing beside it");
    settings->ca_file = arguments->ca_file;
    settings->is_insecure = arguments->is_insecure;
    settings->needs_libcurl = arguments->needs_libcurl;
    settings->no_patching = arguments->no_patching;
    settings->stack_size = FIBER_STACK_SIZE;
    if (arguments->stack_kib == NULL)
        return 0;
    if (parse_count("--stack-size", arguments->stack_kib, 32, STACK_LIMIT_KIB, &stack_kib, err) < 0)
        return -1;
    settings->stack_size = (size_t)stack_kib * 1024;
    return 0;
}

int
settings_init(struct settings *settings, const struct arguments *arguments, struct err *err)
{
    const char *run_id = getenv("LOADS_RUN_ID");
    const char *agent_id = getenv("LOADS_AGENT_ID");

    *settings = (struct settings){
        .receiver = getenv("LOADS_ZMQ_RECEIVER"),
        .run_id = run_id != NULL ? run_id : "",
        .agent_id = agent_id != NULL ? agent_id : "c-runner",
        .protocol = 1, .total_users = 1, .first_user = 1, .process_users = 1, .hits = 1, .first_turn = 1,
    };
    if (take_arguments(settings, arguments, err) < 0)
        return -1;
    /* Without a host the rest of the environment means nothing. */
    if (settings->receiver != NULL) {
        if (read_load(settings, err) < 0)
            return -1;
        read_first_turn(settings);
    }
    settings->seed = choose_seed(arguments, settings->run_id);
    split_target(settings, arguments->operand);
    return 0;
}

int
settings_init_alone(struct settings *settings, const struct arguments *arguments, struct err *err)
{
    *settings = (struct settings){
        .run_id = "", .agent_id = "", .protocol = 1,
        .total_users = 1, .first_user = 1, .process_users = 1, .hits = 1, .first_turn = 1,
    };
    if (take_arguments(settings, arguments, err) < 0)
        return -1;
    settings->seed = choose_seed(arguments, "");
    settings->file = xstrdup(program_invocation_short_name);
    settings->test = arguments->operand != NULL ? xstrdup(arguments->operand) : NULL;
    return 0;
}

void
settings_clear(struct settings *settings)
{
    free(settings->file);
    free(settings->test);
    free(settings->seed);
    *settings = (struct settings){ 0 };
}
