/* SPDX-License-Identifier: Apache-2.0 */
/* The whole conversation: register, join, say it, leave. */
#ifndef IRC_TALK_H
#define IRC_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "irc/connection.h"

enum { IRC_CHANNELS_LIMIT = 16, IRC_TEXT_LIMIT = 400, IRC_DEADLINE_S = 20 };

struct talk {
    const char *nickname;
    const char *password;  /* of the server, or of the account when there is one; may be NULL */
    const char *account;   /* for SASL; may be NULL */
    const char *const *channels;
    size_t channel_count;
    bool is_notice;        /* NOTICE, to which no program answers, instead of PRIVMSG */
    const char *text;      /* one line of at most IRC_TEXT_LIMIT bytes */
};

/* Returns when every channel has the text, as far as the server says. On failure
 * `err` has the first reason; the other channels were told. */
int irc_talk(const struct talk *talk, struct connection *connection, struct err *err);

#endif
