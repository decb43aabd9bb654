/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of addresses belongs to the loop's thread; names travel to the
 * thread that asks, and back, under a lock. */
#include "resolver.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"

enum { ENTRIES_LIMIT = 1000 };

struct entry {
    char *host, *port;
    struct addrinfo *addresses;
    int code;                /* of getaddrinfo */
    bool is_asked;           /* the thread has it, or will */
    atomic_bool is_answered; /* last: then the two above may be read */
    struct entry *next;
    struct entry *next_question;
};

struct resolver {
    struct loop *loop;
    struct gate answered;
    struct entry *entries;
    size_t count;

    pthread_t thread;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t asked;
    struct entry *questions;
    bool is_ending;
};

/* Numbers need no question and no thread. */
static int
look_up(struct entry *entry, int flags)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };

    return getaddrinfo(entry->host, entry->port, &hints, &entry->addresses);
}

static void *
answer_questions(void *argument)
{
    struct resolver *resolver = argument;

    pthread_mutex_lock(&resolver->lock);
    while (!resolver->is_ending) {
        struct entry *entry = resolver->questions;

        if (entry == NULL) {
            pthread_cond_wait(&resolver->asked, &resolver->lock);
            continue;
        }
        resolver->questions = entry->next_question;
        pthread_mutex_unlock(&resolver->lock);
        entry->code = look_up(entry, 0);
        atomic_store(&entry->is_answered, true);
        gate_knock(resolver->loop, &resolver->answered);
        pthread_mutex_lock(&resolver->lock);
    }
    pthread_mutex_unlock(&resolver->lock);
    return NULL;
}

struct resolver *
resolver_new(struct loop *loop, struct err *err)
{
    struct resolver *resolver = xcalloc(1, sizeof *resolver);
    int code;

    resolver->loop = loop;
    pthread_mutex_init(&resolver->lock, NULL);
    pthread_cond_init(&resolver->asked, NULL);
    code = pthread_create(&resolver->thread, NULL, answer_questions, resolver);
    if (code != 0) {
        err_set(err, "cannot start a thread: %s", strerror(code));
        pthread_cond_destroy(&resolver->asked);
        pthread_mutex_destroy(&resolver->lock);
        free(resolver);
        return NULL;
    }
    gate_open(loop, &resolver->answered);
    return resolver;
}

static void
entry_free(struct entry *entry)
{
    if (entry->addresses != NULL)
        freeaddrinfo(entry->addresses);
    free(entry->host);
    free(entry->port);
    free(entry);
}

void
resolver_free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    pthread_mutex_lock(&resolver->lock);
    resolver->is_ending = true;
    pthread_cond_signal(&resolver->asked);
    pthread_mutex_unlock(&resolver->lock);
    pthread_join(resolver->thread, NULL);
    gate_close(resolver->loop, &resolver->answered);
    while (resolver->entries != NULL) {
        struct entry *entry = resolver->entries;

        resolver->entries = entry->next;
        entry_free(entry);
    }
    pthread_cond_destroy(&resolver->asked);
    pthread_mutex_destroy(&resolver->lock);
    free(resolver);
}

static void
ask(struct resolver *resolver, struct entry *entry)
{
    struct entry **at = &resolver->questions;

    entry->is_asked = true;
    entry->next_question = NULL;
    atomic_store(&entry->is_answered, false);
    pthread_mutex_lock(&resolver->lock);
    while (*at != NULL)
        at = &(*at)->next_question;
    *at = entry;
    pthread_cond_signal(&resolver->asked);
    pthread_mutex_unlock(&resolver->lock);
}

static struct entry *
find_entry(struct resolver *resolver, const char *host, const char *port)
{
    struct entry *entry = resolver->entries;

    while (entry != NULL && (strcmp(entry->host, host) != 0 || strcmp(entry->port, port) != 0))
        entry = entry->next;
    if (entry != NULL || resolver->count >= ENTRIES_LIMIT)
        return entry;
    entry = xcalloc(1, sizeof *entry);
    entry->host = xstrdup(host);
    entry->port = xstrdup(port);
    entry->next = resolver->entries;
    resolver->entries = entry;
    resolver->count++;
    return entry;
}

enum resolver_result
resolver_find(struct resolver *resolver, const char *host, const char *port, int64_t deadline_ns,
              const struct addrinfo **found, const char **error)
{
    struct entry *entry = find_entry(resolver, host, port);

    if (entry == NULL) {
        *error = "more than 1000 hosts in one run";
        return RESOLVER_FAILED;
    }
    if (!entry->is_asked && entry->addresses == NULL && look_up(entry, AI_NUMERICHOST) != 0)
        ask(resolver, entry);
    while (entry->is_asked && !atomic_load(&entry->is_answered)) {
        if (!gate_wait(resolver->loop, &resolver->answered, deadline_ns))
            return RESOLVER_LATE;
    }
    if (entry->addresses == NULL) {
        *error = gai_strerror(entry->code);
        entry->is_asked = false; /* the next one asks again */
        return RESOLVER_FAILED;
    }
    *found = entry->addresses;
    return RESOLVER_FOUND;
}

