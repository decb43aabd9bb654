/* SPDX-License-Identifier: Apache-2.0 */
/* From frames to counts: decodes, checks who sent it and whether it came before,
 * counts it in the interval of its second, and passes it on to the outputs. Used
 * by the receiver for live frames and by the replay for kept ones. One thread. */
#ifndef RUN_INTAKE_H
#define RUN_INTAKE_H

#include <stdint.h>

#include "plugins/dispatch.h"
#include "protocol/decoder.h"
#include "results/results.h"
#include "run/agents.h"

struct intake;

/* What it works with, all borrowed. `dispatch` may be NULL. `target_names` are
 * for people: a bad message is told with the name of its target. */
struct intake_setup {
    const char *run_id;
    const char *const *target_names;
    struct agents *agents;
    struct dispatch *dispatch;
};

struct intake *intake_new(const struct intake_setup *setup);
void intake_free(struct intake *intake);

/* Where messages are counted from now on. */
void intake_set_interval(struct intake *intake, struct interval *interval);

/* One frame. `target` owns the endpoint; with `is_shared` several targets do,
 * and our own agent ids tell which. `received_us` is since the run began. */
void intake_frame(struct intake *intake, struct slice frame, uint32_t target, bool is_shared,
                  int64_t received_us);
/* A message of several frames, which the protocol does not have. */
void intake_multipart(struct intake *intake, uint32_t target);
/* A frame past MESSAGE_FRAME_LIMIT, of which nothing was kept. */
void intake_too_big(struct intake *intake, uint32_t target, uint64_t length);
/* Somebody connected who does not speak the protocol: is only told, once. */
void intake_stranger(struct intake *intake, uint32_t target, const char *why);

struct decoder_stats intake_stats(const struct intake *intake);

#endif
