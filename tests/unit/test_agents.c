/* SPDX-License-Identifier: Apache-2.0 */
/* Agents: who is ours, who is stale, what was lost, how long a test took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "run/agents.h"

static enum agents_find
find(struct agents *agents, const char *id, struct agent **agent)
{
    return agents_find(agents, slice_of(id), agent);
}

static void
ours_are_told_from_foreign_ones(void **state)
{
    static const char *const foreign[] = { "local.3", "local.01", "local.", "local.1x", "locale.1",
                                           "local.99999999999999999999" };
    struct agents *agents = agents_new("local");
    struct agent *agent;

    (void)state;
    agents_issue(agents, 1, 0);
    agents_issue(agents, 2, 7);
    assert_int_equal(find(agents, "local.2", &agent), AGENTS_FOUND);
    assert_true(agent->is_own);
    assert_int_equal(agent->target, 7);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        assert_int_equal(find(agents, foreign[i], &agent), AGENTS_FOUND);
        assert_false(agent->is_own);
    }
    assert_int_equal(find(agents, "", &agent), AGENTS_UNKNOWN);
    agents_free(agents);
}

static void
retired_processes_are_stale_and_their_losses_stay(void **state)
{
    struct agents *agents = agents_new("local");
    struct agent *agent;

    (void)state;
    agents_issue(agents, 1, 0);
    agents_issue(agents, 2, 0);
    find(agents, "local.1", &agent);
    agent->is_numbered = agent->has_complained = true;
    sequence_add(&agent->sequence, 1);
    sequence_add(&agent->sequence, 3);
    agent->sent = 5;
    assert_int_equal(agents_lost(agents), 3); /* 2 4 5 */
    agents_retire(agents, 2);
    assert_int_equal(agents_lost(agents), 3);
    assert_true(agents_has_complained(agents, 1));
    assert_false(agents_has_complained(agents, 2));
    assert_int_equal(find(agents, "local.1", &agent), AGENTS_STALE);
    assert_int_equal(find(agents, "local.2", &agent), AGENTS_FOUND);
    agents_free(agents);
}

static void
programs_that_ours_started_have_their_own_account(void **state)
{
    struct agents *agents = agents_new("local");
    struct agent *parent, *first, *second;

    (void)state;
    agents_issue(agents, 1, 0);
    agents_issue(agents, 2, 7);
    find(agents, "local.2", &parent);
    assert_int_equal(find(agents, "local.2/41-a", &first), AGENTS_FOUND);
    assert_int_equal(find(agents, "local.2/42-a", &second), AGENTS_FOUND);
    assert_true(first->is_own && first->target == 7);
    assert_true(first != second && first != parent);
    first->is_numbered = true;
    sequence_add(&first->sequence, 2);
    assert_int_equal(agents_lost(agents), 1);

    assert_int_equal(find(agents, "local.1/41-a", &first), AGENTS_FOUND);
    assert_int_equal(find(agents, "local.3/41-a", &second), AGENTS_FOUND);
    assert_true(first->is_own && !second->is_own); /* 3 was not issued */
    agents_retire(agents, 2);
    assert_int_equal(find(agents, "local.1/41-a", &first), AGENTS_STALE);
    assert_int_equal(find(agents, "local.2/41-a", &first), AGENTS_FOUND);
    assert_int_equal(agents_lost(agents), 1);
    agents_free(agents);
}

static void
foreign_ids_have_a_limit(void **state)
{
    struct agents *agents = agents_new("local");
    struct agent *agent;
    char id[32];

    (void)state;
    for (int i = 0; i < AGENTS_FOREIGN_LIMIT; i++) {
        snprintf(id, sizeof id, "worker-%d", i);
        assert_int_equal(find(agents, id, &agent), AGENTS_FOUND);
    }
    assert_int_equal(find(agents, "one too many", &agent), AGENTS_UNKNOWN);
    assert_int_equal(find(agents, "worker-77", &agent), AGENTS_FOUND);
    agents_free(agents);
}

static void
a_test_is_timed_by_arrival(void **state)
{
    struct agents *agents = agents_new("local");
    struct agent *agent;

    (void)state;
    find(agents, "x", &agent);
    agent_test_start(agent, 1, 100);
    agent_test_start(agent, 2, 150);
    assert_int_equal(agent_test_stop(agent, 1, 400), 300);
    assert_int_equal(agent_test_stop(agent, 1, 500), -1);
    assert_int_equal(agent_test_stop(agent, 2, 500), 350);
    for (uint32_t user = 0; user < AGENTS_OPEN_TESTS_LIMIT; user++)
        agent_test_start(agent, user, 1000);
    agent_test_start(agent, 77, 1000);
    assert_int_equal(agent_test_stop(agent, 77, 2000), -1); /* no room: not known */
    agents_free(agents);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_are_told_from_foreign_ones),
        cmocka_unit_test(retired_processes_are_stale_and_their_losses_stay),
        cmocka_unit_test(programs_that_ours_started_have_their_own_account),
        cmocka_unit_test(foreign_ids_have_a_limit),
        cmocka_unit_test(a_test_is_timed_by_arrival),
    };

    return cmocka_run_group_tests_name("agents", tests, NULL, NULL);
}
