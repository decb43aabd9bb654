/* SPDX-License-Identifier: Apache-2.0 */
/* Between the host and its supervisor: one packet a request, one packet an
 * event, over a private socket pair. */
#ifndef RUN_SUPERVISOR_WIRE_H
#define RUN_SUPERVISOR_WIRE_H

#include <stdint.h>

enum supervisor_request_type { REQUEST_SPAWN, REQUEST_SIGNAL, REQUEST_KILL_ALL };

/* A spawn request is followed by its strings and carries the output descriptor. */
struct supervisor_request {
    enum supervisor_request_type type;
    uint32_t id;
    uint32_t argument_count, variable_count; /* of a spawn */
    int signal_number;                       /* of a signal */
};

/* The whole life of the supervisor process; does not return. */
_Noreturn void supervisor_process_main(int fd, const char *scratch);

#endif
