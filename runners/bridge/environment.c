/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables. LOADS_ZMQ_RECEIVER is not among them: a program's way to
 * the host is what it prints. One that connects by itself would be counted twice. */
#include "environment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { OWN_LIMIT = 24 };

/* Where programs look for whom to trust, and what they find there: "%s" is the file.
 * OpenSSL, Go and others take a file and a folder; /dev/null is one without any
 * authority, so that the file's are the only ones. */
static const struct trust {
    const char *name, *value;
} trusts[] = {
    { "SSL_CERT_FILE", "%s" },       { "SSL_CERT_DIR", "/dev/null" },
    { "CURL_CA_BUNDLE", "%s" },      { "REQUESTS_CA_BUNDLE", "%s" },
    { "NODE_EXTRA_CA_CERTS", "%s" }, { "GIT_SSL_CAINFO", "%s" },
};
enum { TRUST_COUNT = sizeof trusts / sizeof trusts[0] };

static void
add(struct environment *environment, char *taken)
{
    environment->variables[environment->count++] = taken;
}

static bool
is_trust(const char *variable)
{
    size_t length = strcspn(variable, "=");

    for (size_t i = 0; i < TRUST_COUNT; i++)
        if (strlen(trusts[i].name) == length && strncmp(variable, trusts[i].name, length) == 0)
            return true;
    return false;
}

static bool
is_ours(const char *variable, bool trust_is_ours)
{
    return strncmp(variable, "LOADS_", 6) == 0 || strncmp(variable, "LD_PRELOAD=", 11) == 0 ||
           (trust_is_ours && is_trust(variable));
}

static void
add_shared(struct environment *environment)
{
    bool trust_is_ours = environment->settings->ca_file != NULL;
    size_t total = 0;

    while (environ[total] != NULL)
        total++;
    environment->variables = xcalloc(total + OWN_LIMIT + 1, sizeof *environment->variables);
    for (size_t i = 0; i < total; i++)
        if (!is_ours(environ[i], trust_is_ours))
            add(environment, environ[i]);
    environment->shared_count = environment->count;
}

/* What is preloaded already stays so, behind ours. */
static void
add_preload(struct environment *environment, const char *recorder)
{
    const char *others = getenv("LD_PRELOAD");
    bool has_others = others != NULL && *others != '\0';

    if (recorder != NULL)
        add(environment,
            xasprintf("LD_PRELOAD=%s%s%s", recorder, has_others ? ":" : "", has_others ? others : ""));
    else if (others != NULL)
        add(environment, xasprintf("LD_PRELOAD=%s", others));
}

static void
add_trust(struct environment *environment, const char *ca_file)
{
    for (size_t i = 0; i < TRUST_COUNT; i++)
        add(environment, xasprintf("%s=%s", trusts[i].name, trusts[i].value[0] == '%' ? ca_file : trusts[i].value));
}

void
environment_init(struct environment *environment, const struct settings *settings, const char *server_url,
                 const char *recorder, const char *socket, uint32_t user)
{
    *environment = (struct environment){ .settings = settings, .user = user };
    add_shared(environment);
    add_preload(environment, recorder);
    if (settings->ca_file != NULL)
        add_trust(environment, settings->ca_file);
    if (server_url != NULL)
        add(environment, xasprintf("LOADS_SERVER_URL=%s", server_url));
    add(environment, xasprintf("LOADS_BRIDGE_SOCKET=%s", socket));
    add(environment, xasprintf("LOADS_RUN_ID=%s", settings->run_id));
    add(environment, xasprintf("LOADS_PROTOCOL=%" PRIu32, settings->protocol));
    add(environment, xasprintf("LOADS_TOTAL_USERS=%" PRIu32, settings->total_users));
    add(environment, xasprintf("LOADS_CURRENT_USER=%" PRIu32, user));
    add(environment, xstrdup("LOADS_PROCESS_USERS=1"));
    add(environment, xstrdup("LOADS_TOTAL_HITS=1"));
    environment->fixed_count = environment->count;
}

static void
cut_back(struct environment *environment, size_t count)
{
    while (environment->count > count)
        free(environment->variables[--environment->count]);
}

void
environment_clear(struct environment *environment)
{
    cut_back(environment, environment->shared_count);
    free(environment->variables);
    *environment = (struct environment){ 0 };
}

char *const *
environment_of_run(struct environment *environment, uint64_t iteration)
{
    const struct settings *settings = environment->settings;

    cut_back(environment, environment->fixed_count);
    add(environment, xasprintf("LOADS_AGENT_ID=%s/%" PRIu32 "-%" PRIu64, settings->agent_id,
                               environment->user, iteration));
    add(environment, xasprintf("LOADS_WORKER_ID=%s/%" PRIu32 "-%" PRIu64, settings->agent_id,
                               environment->user, iteration));
    add(environment, xasprintf("LOADS_STATUS=%" PRIu64 ",%" PRIu32 ",%" PRIu64 ",%" PRIu32, settings->hits,
                               settings->total_users, iteration, environment->user));
    environment->variables[environment->count] = NULL;
    return environment->variables;
}
