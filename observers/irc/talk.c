/* SPDX-License-Identifier: Apache-2.0 */
/* Answers what the server says, line by line, by two tables: what to do, and what
 * is an error. */
#include "irc/talk.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "irc/line.h"

enum {
    NICKNAME_TRIES = 4,   /* "loads", "loads_", "loads__" ... */
    NICKNAME_SIZE = 80,
    SASL_CHUNK = 400,     /* bytes of base64 in one line; a full one says that more follows */
    SASL_LIMIT = 4096,
};
/* When the answer to it comes, the server has read all that we said before. */
static const char last_ping[] = "loads-has-said-all";

struct conversation {
    const struct talk *talk;
    struct connection *connection;
    char nickname[NICKNAME_SIZE];
    int nickname_tries;
    bool is_over[IRC_CHANNELS_LIMIT]; /* told, or refused */
    size_t over_count;
    bool is_registered, is_done;
    struct err refused; /* the first channel that would not have us */
};

typedef int answer(struct conversation *self, const struct irc_line *line, struct err *err);

static int
say(struct conversation *self, struct err *err, const char *verb, const char *what)
{
    return connection_send(self->connection, err, "%s %s", verb, what);
}

/* ---- Registering. */

static int
register_user(struct conversation *self, struct err *err)
{
    const struct talk *talk = self->talk;

    snprintf(self->nickname, sizeof self->nickname, "%s", talk->nickname);
    if (talk->account != NULL && say(self, err, "CAP", "REQ :sasl") != 0)
        return -1;
    if (talk->account == NULL && talk->password != NULL
        && connection_send(self->connection, err, "PASS :%s", talk->password) != 0)
        return -1;
    if (say(self, err, "NICK", self->nickname) != 0)
        return -1;
    return connection_send(self->connection, err, "USER %s 0 * :Loads", talk->nickname);
}

static int
answer_ping(struct conversation *self, const struct irc_line *line, struct err *err)
{
    return connection_send(self->connection, err, "PONG :%s", irc_line_last(line));
}

static int
answer_cap(struct conversation *self, const struct irc_line *line, struct err *err)
{
    if (self->talk->account == NULL || strcmp(irc_line_parameter(line, 1), "LS") == 0)
        return 0;
    if (strcmp(irc_line_parameter(line, 1), "ACK") != 0)
        return err_set(err, "the server knows no SASL");
    return say(self, err, "AUTHENTICATE", "PLAIN");
}

/* "account NUL account NUL password" in base64, in lines of 400 bytes. */
static int
answer_authenticate(struct conversation *self, const struct irc_line *line, struct err *err)
{
    const struct talk *talk = self->talk;
    const char *password = talk->password != NULL ? talk->password : "";
    unsigned char encoded[SASL_LIMIT * 2];
    struct buffer plain;
    size_t length, at = 0;
    int failed = 0;

    /* A server may ask who never said that it would log in. */
    if (talk->account == NULL || strcmp(irc_line_parameter(line, 0), "+") != 0)
        return 0;
    buffer_init(&plain, SASL_LIMIT);
    buffer_add(&plain, talk->account, strlen(talk->account) + 1);
    buffer_add(&plain, talk->account, strlen(talk->account) + 1);
    buffer_add(&plain, password, strlen(password));
    if (plain.is_full) {
        buffer_clear(&plain);
        return err_set(err, "account and password have more than %d bytes", SASL_LIMIT);
    }
    length = (size_t)EVP_EncodeBlock(encoded, (const unsigned char *)plain.data, (int)plain.length);
    do {
        size_t chunk = length - at < SASL_CHUNK ? length - at : SASL_CHUNK;

        failed = chunk > 0 ? connection_send(self->connection, err, "AUTHENTICATE %.*s", (int)chunk, encoded + at)
                           : say(self, err, "AUTHENTICATE", "+");
        at += chunk;
        if (chunk < SASL_CHUNK)
            break;
    } while (failed == 0);
    explicit_bzero(plain.data, plain.length);
    explicit_bzero(encoded, sizeof encoded);
    buffer_clear(&plain);
    return failed;
}

static int
answer_logged_in(struct conversation *self, const struct irc_line *line, struct err *err)
{
    (void)line;
    return say(self, err, "CAP", "END");
}

static int
answer_nickname_taken(struct conversation *self, const struct irc_line *line, struct err *err)
{
    size_t length = strlen(self->nickname);

    (void)line;
    if (self->is_registered)
        return 0;
    if (++self->nickname_tries == NICKNAME_TRIES || length + 1 == sizeof self->nickname)
        return err_set(err, "the nickname %s and others made from it are in use", self->talk->nickname);
    memcpy(self->nickname + length, "_", 2);
    return say(self, err, "NICK", self->nickname);
}

static int
answer_welcome(struct conversation *self, const struct irc_line *line, struct err *err)
{
    (void)line;
    if (self->is_registered)
        return 0;
    self->is_registered = true;
    for (size_t i = 0; i < self->talk->channel_count; i++)
        if (say(self, err, "JOIN", self->talk->channels[i]) != 0)
            return -1;
    return 0;
}

/* ---- Channels. */

/* Servers may write a channel with other capitals than we did. */
static size_t
find_channel(const struct conversation *self, const char *name)
{
    size_t i = 0;

    while (i < self->talk->channel_count && strcasecmp(self->talk->channels[i], name) != 0)
        i++;
    return i;
}

/* The last channel over: the server shall say when it has read all. */
static int
leave_channel(struct conversation *self, size_t channel, struct err *err)
{
    self->is_over[channel] = true;
    if (++self->over_count < self->talk->channel_count)
        return 0;
    return connection_send(self->connection, err, "PING :%s", last_ping);
}

static int
answer_joined(struct conversation *self, const struct irc_line *line, struct err *err)
{
    size_t channel = find_channel(self, irc_line_parameter(line, 1));

    if (channel == self->talk->channel_count || self->is_over[channel])
        return 0;
    if (connection_send(self->connection, err, "%s %s :%s", self->talk->is_notice ? "NOTICE" : "PRIVMSG",
                        self->talk->channels[channel], self->talk->text) != 0)
        return -1;
    return leave_channel(self, channel, err);
}

static int
answer_pong(struct conversation *self, const struct irc_line *line, struct err *err)
{
    /* Before it was asked it would say that all was told, and nothing was. */
    if (self->over_count < self->talk->channel_count || strcmp(irc_line_last(line), last_ping) != 0)
        return 0;
    self->is_done = true;
    return say(self, err, "QUIT", ":Bye");
}

static const struct {
    const char *command;
    answer *answer;
} answers[] = {
    { "PING", answer_ping },
    { "CAP", answer_cap },
    { "AUTHENTICATE", answer_authenticate },
    { "903", answer_logged_in },
    { "433", answer_nickname_taken },
    { "001", answer_welcome },
    { "366", answer_joined }, /* the end of the list of names */
    { "PONG", answer_pong },
};

/* What the server says no to: `is_channel` when only to one channel, whose name
 * is its second parameter. */
static const struct {
    const char *command, *what;
    bool is_channel;
} refusals[] = {
    { "ERROR", "the server closed the connection", false },
    { "431", "the nickname is refused", false },
    { "432", "the nickname is refused", false },
    { "436", "the nickname is in use", false },
    { "461", "the server misses a parameter", false },
    { "464", "the password is wrong", false },
    { "465", "banned from the server", false },
    { "902", "SASL: the account is locked", false },
    { "904", "SASL: the account or the password is wrong", false },
    { "905", "SASL: the message is too long", false },
    { "906", "SASL: given up", false },
    { "403", "no such channel", true },
    { "404", "the channel does not take the message", true },
    { "405", "too many channels", true },
    { "437", "the channel is not to be had just now", true },
    { "471", "the channel is full", true },
    { "473", "the channel needs an invitation", true },
    { "474", "banned from the channel", true },
    { "475", "the channel needs a key", true },
    { "476", "the channel's name is refused", true },
    { "477", "the channel is for registered nicknames", true },
    { "489", "the channel is for TLS connections", true },
};

/* A channel that was told and then says no (404) is over already. */
static int
refuse_channel(struct conversation *self, const char *what, const struct irc_line *line, struct err *err)
{
    size_t channel = find_channel(self, irc_line_parameter(line, 1));

    if (channel == self->talk->channel_count)
        return 0;
    err_set(&self->refused, "%s: %s (%.200s)", self->talk->channels[channel], what, irc_line_last(line));
    return self->is_over[channel] ? 0 : leave_channel(self, channel, err);
}

static int
follow(struct conversation *self, const struct irc_line *line, struct err *err)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(line->command, answers[i].command) == 0)
            return answers[i].answer(self, line, err);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (strcmp(line->command, refusals[i].command) != 0)
            continue;
        if (refusals[i].is_channel)
            return refuse_channel(self, refusals[i].what, line, err);
        return err_set(err, "%s (%.200s)", refusals[i].what, irc_line_last(line));
    }
    return 0;
}

int
irc_talk(const struct talk *talk, struct connection *connection, struct err *err)
{
    struct conversation self = { .talk = talk, .connection = connection };

    if (register_user(&self, err) != 0)
        return -1;
    while (!self.is_done) {
        char *text = connection_read(connection, err);
        struct irc_line line;

        if (text == NULL)
            return -1;
        if (irc_line_parse(&line, text) && follow(&self, &line, err) != 0)
            return -1;
    }
    /* Until it closes: one that hangs up first may not read the end. */
    while (connection_read(connection, NULL) != NULL)
        continue;
    return self.refused.text[0] == '\0' ? 0 : err_set(err, "%s", self.refused.text);
}
