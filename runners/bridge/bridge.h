/* SPDX-License-Identifier: Apache-2.0 */
/* The users of this process, all in one loop, and who ends their programs. */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event.h"
#include "loop.h"
#include "settings.h"

/* All borrowed. */
struct bridge_setup {
    const struct settings *settings;
    const char *program;    /* absolute */
    const char *server_url; /* NULL: not given */
    const char *recorder;   /* to be preloaded; NULL: none */
    const char *folder;     /* a private one, for sockets */
    struct loop *loop;
    struct listener listener;
    int signal_fd; /* a signalfd that does not block; taken */
};

/* Runs until all users are done. The first signal ends it gently. */
int bridge_run(const struct bridge_setup *setup, struct err *err);

#endif
