/* SPDX-License-Identifier: Apache-2.0 */
/* The irc observer's conversation with a server that says these bytes. This file
 * stands for connection.c: nothing is sent that is not one line. */
#include "irc/connection.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "irc/talk.h"
#include "reader.h"

struct connection {
    const char *data;
    size_t length;
    char line[IRC_BUFFER_SIZE];
    int private_messages;
};

int
connection_send(struct connection *connection, struct err *err, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    (void)err;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    READER_CHECK(line[0] != '\0' && strpbrk(line, "\r\n") == NULL);
    connection->private_messages += strncmp(line, "PRIVMSG ", 8) == 0;
    return 0;
}

char *
connection_read(struct connection *connection, struct err *err)
{
    size_t length = 0;

    while (length == 0) {
        const char *newline = memchr(connection->data, '\n', connection->length);

        length = newline != NULL ? (size_t)(newline - connection->data) : 0;
        if (newline == NULL || length >= sizeof connection->line) {
            err_set(err, "the server closed the connection");
            return NULL;
        }
        memcpy(connection->line, connection->data, length);
        connection->line[length] = '\0';
        connection->line[strcspn(connection->line, "\r")] = '\0';
        connection->data += length + 1;
        connection->length -= length + 1;
        length = strlen(connection->line);
    }
    return connection->line;
}

static void
run(const char *data, size_t length)
{
    static const char *const channels[] = { "#one", "#two" };
    static const struct talk talks[] = {
        { .nickname = "loads", .channels = channels, .channel_count = 2, .text = "said" },
        { .nickname = "loads", .account = "bot", .password = "secret", .channels = channels, .channel_count = 1,
          .is_notice = true, .text = "said" },
    };

    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        struct connection connection = { .data = data, .length = length };
        struct err err = { 0 };

        if (irc_talk(&talks[i], &connection, &err) == 0)
            READER_CHECK(talks[i].is_notice || connection.private_messages == 2);
        else
            READER_CHECK(err.text[0] != '\0');
        /* Once for each channel, whatever the server says how often. */
        READER_CHECK(connection.private_messages <= 2);
    }
}

const struct reader reader_irc = { .name = "irc", .run = run };
