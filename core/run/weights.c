/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of users by the largest remainder. */
#include "run/weights.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static int
check_all_have_one(const struct run_settings *settings, struct err *err)
{
    for (size_t i = 0; i < settings->target_count; i++)
        if (settings->targets[i].weight == 0)
            return err_set(err, "target %s has no weight, others have one: give one to all targets or to none",
                           settings->targets[i].name);
    return 0;
}

static bool
is_same_list(const struct number_list *a, const struct number_list *b)
{
    return a->count == b->count && memcmp(a->values, b->values, a->count * sizeof *a->values) == 0;
}

static int
check_same_users(const struct run_settings *settings, struct err *err)
{
    for (size_t i = 1; i < settings->target_count; i++)
        if (!is_same_list(&settings->targets[0].users, &settings->targets[i].users))
            return err_set(err, "targets %s and %s have weights, which are shares of the same users, but users "
                                "of their own: give the users of all once",
                           settings->targets[0].name, settings->targets[i].name);
    return 0;
}

/* Of the targets that still wait for a user, the one that rounding took most from. */
static size_t
largest_remainder(const uint64_t *remainders, const bool *is_served, size_t count)
{
    size_t found = count;

    for (size_t i = 0; i < count; i++)
        if (!is_served[i] && (found == count || remainders[i] > remainders[found]))
            found = i;
    return found;
}

/* One cycle. Below 2^63: users are at most a million, and so are weights. */
static void
share_cycle(struct run_settings *settings, size_t cycle)
{
    uint64_t users = settings->targets[0].users.values[cycle], rest = users, sum = 0;
    uint64_t remainders[SETTINGS_TARGETS_LIMIT];
    bool is_served[SETTINGS_TARGETS_LIMIT] = { false };

    for (size_t i = 0; i < settings->target_count; i++)
        sum += settings->targets[i].weight;
    for (size_t i = 0; i < settings->target_count; i++) {
        uint64_t product = users * settings->targets[i].weight;

        settings->targets[i].users.values[cycle] = product / sum;
        remainders[i] = product % sum;
        rest -= product / sum;
    }
    for (; rest > 0; rest--) {
        size_t next = largest_remainder(remainders, is_served, settings->target_count);

        settings->targets[next].users.values[cycle]++;
        is_served[next] = true;
    }
}

static int
check_takes_part(const struct target_settings *target, struct err *err)
{
    for (size_t i = 0; i < target->users.count; i++)
        if (target->users.values[i] > 0)
            return 0;
    return err_set(err, "target %s gets none of the users: its weight of %" PRIu32 " is too small for so few",
                   target->name, target->weight);
}

int
weights_share(struct run_settings *settings, struct err *err)
{
    bool any = false;

    for (size_t i = 0; i < settings->target_count; i++)
        any = any || settings->targets[i].weight > 0;
    if (!any)
        return 0;
    if (check_all_have_one(settings, err) != 0 || check_same_users(settings, err) != 0)
        return -1;
    for (size_t i = 0; i < settings->targets[0].users.count; i++)
        share_cycle(settings, i);
    for (size_t i = 0; i < settings->target_count; i++)
        if (check_takes_part(&settings->targets[i], err) != 0)
            return -1;
    return 0;
}
