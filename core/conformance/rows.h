/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table: what is asked of a runner, and how it is judged by what
 * was seen in the scenes. */
#ifndef CONFORMANCE_ROWS_H
#define CONFORMANCE_ROWS_H

#include "conformance/checks.h"

/* One of each is played, in this order. */
enum scene_id {
    SCENE_HITS,    /* by hits, a process for each user */
    SCENE_TIME,    /* by duration */
    SCENE_CROWD,   /* all users in one process */
    SCENE_OLDER,   /* on a host without additions */
    SCENE_STOP,
    SCENE_SLOW,
    SCENE_GONE,
    SCENE_RETURN,
    SCENE_COUNT,
};

struct row {
    const char *name;
    const char *expected; /* a sentence for the table */
    bool needs_no_messages; /* says something also of a runner that sends nothing */
    void (*judge)(const struct scene scenes[static SCENE_COUNT], struct grade *grade);
};
/* Ends with { NULL }. */
extern const struct row rows[];

#endif
