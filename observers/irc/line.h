/* SPDX-License-Identifier: Apache-2.0 */
/* One line of IRC, as a server sends it. */
#ifndef IRC_LINE_H
#define IRC_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { IRC_PARAMETERS_LIMIT = 15 };

/* Every text lies in the line that was parsed. */
struct irc_line {
    const char *command; /* "PING", "433" */
    const char *parameters[IRC_PARAMETERS_LIMIT];
    size_t count;
};

/* Takes apart `text`, which it cuts into pieces: [@tags] [:prefix] COMMAND
 * [parameters] [:last]. False when there is no command. */
bool irc_line_parse(struct irc_line *line, char *text);

/* The parameter, or an empty text: servers leave out what they like. */
const char *irc_line_parameter(const struct irc_line *line, size_t index);
const char *irc_line_last(const struct irc_line *line);

/* Whether a channel or a nickname can stand in a command: not empty, no longer
 * than 64 bytes, no control characters, blanks, commas or colon in front. */
bool irc_channel_is_valid(const char *name);
bool irc_nickname_is_valid(const char *name);

#endif
