/* SPDX-License-Identifier: Apache-2.0 */
/* Records by agent id. Our own ids are numbered, so theirs is a table; foreign
 * ids (runners that make up their own) are few and found by a hash. */
#include "run/agents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/siphash.h"

struct foreign {
    char *id;
    struct agent agent;
};

/* What stays of a process that has retired. */
struct past {
    bool has_complained, has_ended;
};

struct agents {
    char *prefix;
    size_t prefix_length;
    struct agent **own; /* by number - 1; NULL: not seen or retired */
    struct past *past; /* as own */
    uint32_t *targets;
    uint32_t own_capacity, first_live, issued;
    struct foreign *foreign[2 * AGENTS_FOREIGN_LIMIT]; /* open addressing */
    size_t foreign_count;
    struct siphash_key key;
    uint64_t lost;
};

struct agents *
agents_new(const char *prefix)
{
    struct agents *agents = xcalloc(1, sizeof *agents);

    agents->prefix = xstrdup(prefix);
    agents->prefix_length = strlen(prefix);
    agents->first_live = 1;
    siphash_key_random(&agents->key);
    return agents;
}

static void
free_own(struct agents *agents, uint32_t index)
{
    if (agents->own[index] == NULL)
        return;
    sequence_clear(&agents->own[index]->sequence);
    free(agents->own[index]);
    agents->own[index] = NULL;
}

void
agents_free(struct agents *agents)
{
    if (agents == NULL)
        return;
    for (uint32_t i = 0; i < agents->own_capacity; i++)
        free_own(agents, i);
    for (size_t i = 0; i < 2 * AGENTS_FOREIGN_LIMIT; i++) {
        if (agents->foreign[i] == NULL)
            continue;
        sequence_clear(&agents->foreign[i]->agent.sequence);
        free(agents->foreign[i]->id);
        free(agents->foreign[i]);
    }
    free(agents->own);
    free(agents->past);
    free(agents->targets);
    free(agents->prefix);
    free(agents);
}

static void
grow_own(struct agents *agents, uint32_t number)
{
    uint32_t capacity = agents->own_capacity > 0 ? agents->own_capacity : 64;

    while (capacity < number)
        capacity *= 2;
    if (capacity == agents->own_capacity)
        return;
    agents->own = xreallocarray(agents->own, capacity, sizeof *agents->own);
    agents->past = xreallocarray(agents->past, capacity, sizeof *agents->past);
    agents->targets = xreallocarray(agents->targets, capacity, sizeof *agents->targets);
    for (uint32_t i = agents->own_capacity; i < capacity; i++) {
        agents->own[i] = NULL;
        agents->past[i] = (struct past){ 0 };
        agents->targets[i] = 0;
    }
    agents->own_capacity = capacity;
}

void
agents_issue(struct agents *agents, uint32_t number, uint32_t target)
{
    assert(number > 0 && number <= AGENTS_NUMBER_LIMIT);
    grow_own(agents, number);
    agents->targets[number - 1] = target;
    if (number > agents->issued)
        agents->issued = number;
}

void
agents_issue_all(struct agents *agents)
{
    agents->issued = AGENTS_NUMBER_LIMIT;
}

/* N of "PREFIX.N", written as we write it; 0 when it is not one of ours. */
static uint32_t
own_number(const struct agents *agents, struct slice id)
{
    uint32_t number = 0;

    if (id.length <= agents->prefix_length + 1 ||
        memcmp(id.data, agents->prefix, agents->prefix_length) != 0 || id.data[agents->prefix_length] != '.')
        return 0;
    for (size_t i = agents->prefix_length + 1; i < id.length; i++) {
        if (id.data[i] < '0' || id.data[i] > '9' || number > agents->issued || (number == 0 && id.data[i] == '0'))
            return 0;
        number = number * 10 + (uint32_t)(id.data[i] - '0');
    }
    return number <= agents->issued ? number : 0;
}

static struct agent *
find_foreign(struct agents *agents, struct slice id)
{
    size_t mask = 2 * AGENTS_FOREIGN_LIMIT - 1;
    size_t at = siphash(&agents->key, id) & mask;

    while (agents->foreign[at] != NULL) {
        if (slice_equal(slice_of(agents->foreign[at]->id), id))
            return &agents->foreign[at]->agent;
        at = (at + 1) & mask;
    }
    if (agents->foreign_count == AGENTS_FOREIGN_LIMIT)
        return NULL;
    agents->foreign_count++;
    agents->foreign[at] = xcalloc(1, sizeof *agents->foreign[at]);
    agents->foreign[at]->id = xstrndup(id.data, id.length);
    return &agents->foreign[at]->agent;
}

/* N of "PREFIX.N/ANYTHING", a program that our process N started; else 0. */
static uint32_t
parent_number(const struct agents *agents, struct slice id)
{
    const char *slash = memchr(id.data, '/', id.length);

    if (slash == NULL)
        return 0;
    return own_number(agents, (struct slice){ .data = id.data, .length = (size_t)(slash - id.data) });
}

/* Its account is its own; target and cycle are those of the process that started it. */
static enum agents_find
find_other(struct agents *agents, struct slice id, struct agent **agent)
{
    uint32_t parent = parent_number(agents, id);

    if (parent > 0 && parent < agents->first_live)
        return AGENTS_STALE;
    *agent = find_foreign(agents, id);
    if (*agent == NULL)
        return AGENTS_UNKNOWN;
    if (parent > 0) {
        (*agent)->is_own = true;
        (*agent)->target = parent <= agents->own_capacity ? agents->targets[parent - 1] : 0;
    }
    return AGENTS_FOUND;
}

enum agents_find
agents_find(struct agents *agents, struct slice agent_id, struct agent **agent)
{
    uint32_t number;

    *agent = NULL;
    if (agent_id.length == 0)
        return AGENTS_UNKNOWN;
    number = own_number(agents, agent_id);
    if (number == 0)
        return find_other(agents, agent_id, agent);
    if (number < agents->first_live)
        return AGENTS_STALE;
    grow_own(agents, number);
    if (agents->own[number - 1] == NULL) {
        agents->own[number - 1] = xcalloc(1, sizeof **agents->own);
        agents->own[number - 1]->is_own = true;
        agents->own[number - 1]->target = agents->targets[number - 1];
    }
    *agent = agents->own[number - 1];
    return AGENTS_FOUND;
}

void
agents_retire(struct agents *agents, uint32_t first)
{
    uint32_t end = first - 1 < agents->own_capacity ? first - 1 : agents->own_capacity;

    for (uint32_t i = agents->first_live - 1; i < end; i++) {
        const struct agent *agent = agents->own[i];

        if (agent == NULL)
            continue;
        if (agent->is_numbered)
            agents->lost += sequence_missing(&agent->sequence, agent->sent);
        agents->past[i] = (struct past){ agent->has_complained, agent->has_ended };
        free_own(agents, i);
    }
    agents->first_live = first;
}

uint64_t
agents_lost(const struct agents *agents)
{
    uint64_t lost = agents->lost;

    for (size_t i = 0; i < 2 * AGENTS_FOREIGN_LIMIT; i++)
        if (agents->foreign[i] != NULL && agents->foreign[i]->agent.is_numbered)
            lost += sequence_missing(&agents->foreign[i]->agent.sequence, agents->foreign[i]->agent.sent);
    for (uint32_t i = 0; i < agents->own_capacity; i++)
        if (agents->own[i] != NULL && agents->own[i]->is_numbered)
            lost += sequence_missing(&agents->own[i]->sequence, agents->own[i]->sent);
    return lost;
}

bool
agents_has_complained(const struct agents *agents, uint32_t number)
{
    if (number == 0 || number > agents->own_capacity)
        return false;
    return agents->past[number - 1].has_complained ||
           (agents->own[number - 1] != NULL && agents->own[number - 1]->has_complained);
}

bool
agents_has_ended(const struct agents *agents, uint32_t number)
{
    if (number == 0 || number > agents->own_capacity)
        return false;
    return agents->past[number - 1].has_ended ||
           (agents->own[number - 1] != NULL && agents->own[number - 1]->has_ended);
}

static struct open_test *
open_test_of(struct agent *agent, uint32_t user)
{
    for (size_t i = 0; i < AGENTS_OPEN_TESTS_LIMIT; i++)
        if (agent->open_tests[i].user == user)
            return &agent->open_tests[i];
    return NULL;
}

void
agent_test_start(struct agent *agent, uint32_t user, int64_t received_us)
{
    struct open_test *test = open_test_of(agent, user + 1);

    if (test == NULL)
        test = open_test_of(agent, 0);
    if (test != NULL)
        *test = (struct open_test){ .user = user + 1, .started_us = received_us };
}

int64_t
agent_test_stop(struct agent *agent, uint32_t user, int64_t received_us)
{
    struct open_test *test = open_test_of(agent, user + 1);
    int64_t started_us;

    if (test == NULL)
        return -1;
    started_us = test->started_us;
    *test = (struct open_test){ 0 };
    return received_us - started_us;
}
