/* SPDX-License-Identifier: Apache-2.0 */
/* The web sockets of one user: what <loads/test.h> calls struct loads_ws. */
#ifndef C_RUNNER_SOCKETS_H
#define C_RUNNER_SOCKETS_H

#include <stddef.h>

#include <loads/test.h>

#include "tls.h"

enum { SOCKETS_LIMIT = 1000 }; /* of one user, in one test */

/* Zero-initialise. */
struct sockets {
    struct loads_ws *first; /* of the test that runs */
    size_t count;
    struct tls_sessions sessions;
};

/* The test has ended: closes what it has left open, and forgets all. */
void sockets_release_all(struct sockets *sockets);
void sockets_clear(struct sockets *sockets);

#endif
