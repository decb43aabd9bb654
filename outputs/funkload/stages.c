/* SPDX-License-Identifier: Apache-2.0 */
/* Messages tell the users and hits of their cycle, not its place in the plan.
 * Stages follow one another and never overlap, so that the place is found by
 * going forward. */
#include "funkload/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "common/document.h"

enum { USERS_LIMIT = 1000000 }; /* of one target; those beyond share one visit */

struct cycle {
    uint64_t users, hits; /* hits 0: by duration */
    int64_t duration_us;
};

struct target {
    struct cycle *cycles;
    size_t cycle_count;
    struct visit *visits; /* by user; [0] is of those who do not tell */
    size_t visit_count;
};

struct stage {
    int64_t first_us, last_us; /* of its events; -1: nothing came yet */
    int64_t hits_us;           /* from the first hit to the last answer of one user */
};

struct stages {
    struct target *targets;
    size_t target_count;
    struct stage *stages;
    size_t count, current;
};

static void
read_target(struct target *target, const json_t *planned)
{
    const json_t *cycles = json_object_get(planned, "cycles"), *cycle;
    size_t i;

    target->cycle_count = json_array_size(cycles);
    target->cycles = xcalloc(target->cycle_count, sizeof *target->cycles);
    json_array_foreach(cycles, i, cycle)
        target->cycles[i] = (struct cycle){
            .users = document_count(cycle, "users"),
            .hits = document_count(cycle, "hits"),
            .duration_us = (int64_t)(document_number(cycle, "duration_s") * 1e6),
        };
}

struct stages *
stages_new(const json_t *plan)
{
    struct stages *stages = xcalloc(1, sizeof *stages);
    const json_t *planned;
    size_t i;

    stages->count = 1;
    /* One in any case: a plan that was written by hand may be empty. */
    stages->target_count = json_array_size(plan) > 0 ? json_array_size(plan) : 1;
    stages->targets = xcalloc(stages->target_count, sizeof *stages->targets);
    json_array_foreach(plan, i, planned) {
        read_target(&stages->targets[i], planned);
        if (stages->targets[i].cycle_count > stages->count)
            stages->count = stages->targets[i].cycle_count;
    }
    stages->stages = xcalloc(stages->count, sizeof *stages->stages);
    for (i = 0; i < stages->count; i++)
        stages->stages[i] = (struct stage){ .first_us = -1, .last_us = -1 };
    return stages;
}

void
stages_free(struct stages *stages)
{
    if (stages == NULL)
        return;
    for (size_t i = 0; i < stages->target_count; i++) {
        free(stages->targets[i].cycles);
        free(stages->targets[i].visits);
    }
    free(stages->targets);
    free(stages->stages);
    free(stages);
}

static struct visit *
visit_of(struct target *target, uint32_t user, size_t stage)
{
    size_t index = user <= USERS_LIMIT ? user : 0;
    struct visit *visit;

    if (index >= target->visit_count) {
        size_t count = index + 1 > 2 * target->visit_count ? index + 1 : 2 * target->visit_count;

        target->visits = xreallocarray(target->visits, count, sizeof *target->visits);
        memset(target->visits + target->visit_count, 0, (count - target->visit_count) * sizeof *target->visits);
        target->visit_count = count;
    }
    visit = &target->visits[index];
    if (visit->stage != stage)
        *visit = (struct visit){ .stage = stage };
    return visit;
}

static uint64_t
hash(const char *text)
{
    uint64_t value = 14695981039346656037u; /* FNV-1a */

    for (; *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * 1099511628211u;
    return value;
}

/* The first stage from here on in whose cycle the event says it is. Runners that
 * start anew for each hit tell one hit: then the users alone decide. */
static size_t
find(const struct stages *stages, const struct target *target, const struct loads_event *event)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t i = stages->current; i < target->cycle_count; i++) {
            const struct cycle *cycle = &target->cycles[i];

            if (cycle->users == event->cycle.users &&
                (!exact || cycle->hits == 0 || cycle->hits == event->cycle.hits))
                return i;
        }
    return stages->current;
}

/* Whether a user starts again from the beginning, where two cycles in a row are
 * alike or the runner does not tell them apart: when it has had all its hits, or
 * when another process goes on with it after its time. */
static bool
starts_over(const struct stages *stages, struct target *target, const struct loads_event *event)
{
    const struct cycle *cycle = &target->cycles[stages->current];
    const struct visit *visit = visit_of(target, event->cycle.user, stages->current);

    if (event->type != LOADS_TEST_START || stages->current + 1 >= target->cycle_count)
        return false;
    if (event->cycle.users > 0 && (cycle[1].users != cycle->users || cycle[1].hits != cycle->hits))
        return false;
    if (cycle->hits > 0)
        return visit->starts >= cycle->hits * (event->cycle.user > 0 ? 1 : cycle->users);
    return visit->agent != hash(event->agent_id) && stages->stages[stages->current].first_us >= 0 &&
           event->received_us - stages->stages[stages->current].first_us >= cycle->duration_us;
}

/* Users of the targets before `target` come first. */
static uint64_t
users_before(const struct stages *stages, size_t stage, size_t target)
{
    uint64_t users = 0;

    for (size_t i = 0; i < target; i++)
        if (stage < stages->targets[i].cycle_count)
            users += stages->targets[i].cycles[stage].users;
    return users;
}

struct place
stages_place(struct stages *stages, const struct loads_event *event)
{
    struct target *target;
    struct place place;
    struct stage *stage;

    target = &stages->targets[event->target < stages->target_count ? event->target : 0];
    if (event->cycle.users > 0)
        stages->current = find(stages, target, event);
    if (stages->current < target->cycle_count && starts_over(stages, target, event))
        stages->current++;
    stage = &stages->stages[stages->current];
    if (stage->first_us < 0)
        stage->first_us = event->received_us;
    stage->last_us = event->received_us;

    place = (struct place){ .stage = stages->current, .users = stages_users(stages, stages->current),
                            .visit = visit_of(target, event->cycle.user, stages->current) };
    if (event->cycle.user > 0)
        place.thread = users_before(stages, place.stage, (size_t)(target - stages->targets)) + event->cycle.user;
    if (event->type == LOADS_TEST_START) {
        place.visit->agent = hash(event->agent_id);
        place.visit->starts++;
        memset(&place.visit->test, 0, sizeof place.visit->test);
        place.visit->test.started_us = event->received_us;
    }
    return place;
}

void
stages_note_hit(struct stages *stages, struct visit *visit, int64_t began_unix_us, int64_t elapsed_us)
{
    struct stage *stage = &stages->stages[visit->stage];
    int64_t answer_us = began_unix_us + elapsed_us;

    if (visit->first_hit_unix_us == 0)
        visit->first_hit_unix_us = began_unix_us;
    if (visit->test.first_hit_unix_us == 0)
        visit->test.first_hit_unix_us = began_unix_us;
    if (answer_us > visit->test.last_answer_unix_us)
        visit->test.last_answer_unix_us = answer_us;
    if (answer_us - visit->first_hit_unix_us > stage->hits_us)
        stage->hits_us = answer_us - visit->first_hit_unix_us;
}

size_t
stages_count(const struct stages *stages)
{
    return stages->count;
}

uint64_t
stages_users(const struct stages *stages, size_t stage)
{
    return users_before(stages, stage, stages->target_count);
}

static int64_t
longer(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

static int64_t
stage_us(const struct stages *stages, size_t index)
{
    const struct stage *stage = &stages->stages[index];
    int64_t passed_us = longer(stage->last_us - stage->first_us, stage->hits_us), longest_us = 0;

    for (size_t i = 0; i < stages->target_count; i++) {
        const struct target *target = &stages->targets[i];

        if (index < target->cycle_count)
            longest_us = longer(longest_us, target->cycles[index].hits == 0 ? target->cycles[index].duration_us
                                                                            : passed_us);
    }
    return longest_us;
}

int64_t
stages_longest_us(const struct stages *stages, int64_t run_us)
{
    int64_t longest_us = 0;

    for (size_t i = 0; i < stages->count; i++)
        longest_us = longer(longest_us, stage_us(stages, i));
    return longest_us > run_us ? run_us : longest_us;
}
