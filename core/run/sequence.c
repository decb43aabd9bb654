/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers as sorted runs. Nearly always there is just the first one,
 * and a number just moves its end. */
#include "run/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
sequence_clear(struct sequence *sequence)
{
    free(sequence->runs);
    *sequence = (struct sequence){ 0 };
}

static void
remove_run(struct sequence *sequence, size_t index)
{
    sequence->run_count--;
    memmove(sequence->runs + index, sequence->runs + index + 1,
            (sequence->run_count - index) * sizeof *sequence->runs);
}

/* The first run joins the beginning. */
static void
absorb_first_run(struct sequence *sequence)
{
    sequence->through = sequence->runs[0].last;
    remove_run(sequence, 0);
}

static void
give_up_oldest_hole(struct sequence *sequence)
{
    sequence->given_up += sequence->runs[0].first - sequence->through - 1;
    absorb_first_run(sequence);
}

static void
insert_run(struct sequence *sequence, size_t index, uint64_t number)
{
    if (sequence->run_count == sequence->run_capacity) {
        sequence->run_capacity = sequence->run_capacity > 0 ? sequence->run_capacity * 2 : 4;
        sequence->runs = xreallocarray(sequence->runs, sequence->run_capacity, sizeof *sequence->runs);
    }
    memmove(sequence->runs + index + 1, sequence->runs + index,
            (sequence->run_count - index) * sizeof *sequence->runs);
    sequence->runs[index] = (struct sequence_run){ number, number };
    sequence->run_count++;
}

/* Adds a number beyond `through` + 1. */
static bool
add_apart(struct sequence *sequence, uint64_t number)
{
    size_t after = sequence->run_count; /* the first run that begins behind the number */
    struct sequence_run *before;

    while (after > 0 && sequence->runs[after - 1].first > number)
        after--;
    before = after > 0 ? &sequence->runs[after - 1] : NULL;
    if (before != NULL && number <= before->last)
        return false;
    if (before != NULL && number == before->last + 1) {
        before->last = number;
        if (after < sequence->run_count && sequence->runs[after].first == number + 1) {
            before->last = sequence->runs[after].last;
            remove_run(sequence, after);
        }
    } else if (after < sequence->run_count && sequence->runs[after].first == number + 1) {
        sequence->runs[after].first = number;
    } else {
        insert_run(sequence, after, number);
        if (sequence->run_count > SEQUENCE_RUNS_LIMIT)
            give_up_oldest_hole(sequence);
    }
    return true;
}

bool
sequence_add(struct sequence *sequence, uint64_t number)
{
    if (number <= sequence->through)
        return false;
    if (number > sequence->through + 1)
        return add_apart(sequence, number);
    sequence->through = number;
    if (sequence->run_count > 0 && sequence->runs[0].first == number + 1)
        absorb_first_run(sequence);
    return true;
}

uint64_t
sequence_missing(const struct sequence *sequence, uint64_t sent)
{
    uint64_t missing = sequence->given_up, end = sequence->through;

    for (size_t i = 0; i < sequence->run_count; i++) {
        missing += sequence->runs[i].first - end - 1;
        end = sequence->runs[i].last;
    }
    return sent > end ? missing + (sent - end) : missing;
}
