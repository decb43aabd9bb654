/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram for each hit: a Unix socket loses none, and hands over without a
 * connection that would have to be made and closed. */
#include "bridge_link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "message.h"

bool
bridge_link_is_there(void)
{
    const char *path = getenv("LOADS_BRIDGE_SOCKET");

    return path != NULL && *path != '\0';
}

static void
send_text(const struct buffer *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("LOADS_BRIDGE_SOCKET"));
    while (sendto(fd, text->data, text->length, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address) <
               0 &&
           errno == EINTR)
        continue;
    close(fd);
}

/* The envelope is the bridge's affair: only whose hit it is, is said. */
void
bridge_link_tell(const struct hit *hit)
{
    const char *status = getenv("LOADS_STATUS");
    struct settings settings = { .agent_id = "", .run_id = "", .protocol = 2 };
    struct event event = { .type = EVENT_HIT, .as.hit = hit };
    struct envelope envelope;
    struct buffer text;

    if (status != NULL && sscanf(status, "%" SCNu64 ",%" SCNu32 ",%" SCNu64 ",%" SCNu32, &settings.hits,
                                 &settings.total_users, &event.iteration, &event.user) < 4)
        event.iteration = 0;
    envelope_init(&envelope, &settings);
    buffer_init(&text, MESSAGE_SIZE_LIMIT);
    message_add(&text, &envelope, &event, 1);
    send_text(&text);
    buffer_clear(&text);
    envelope_clear(&envelope);
}
