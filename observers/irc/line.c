/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of RFC 2812, with the tags of IRCv3 in front. */
#include "irc/line.h"

#include <string.h>

enum { NAME_LIMIT = 64 };

/* Cuts off the word in front; returns what follows it. */
static char *
cut_word(char *text)
{
    char *end = text + strcspn(text, " ");

    while (*end == ' ')
        *end++ = '\0';
    return end;
}

bool
irc_line_parse(struct irc_line *line, char *text)
{
    *line = (struct irc_line){ .count = 0 };
    if (*text == '@')
        text = cut_word(text);
    if (*text == ':')
        text = cut_word(text);
    if (*text == '\0')
        return false;
    line->command = text;
    text = cut_word(text);
    while (*text != '\0' && line->count < IRC_PARAMETERS_LIMIT) {
        bool is_last = *text == ':' || line->count == IRC_PARAMETERS_LIMIT - 1;

        line->parameters[line->count++] = text + (*text == ':');
        if (is_last)
            break;
        text = cut_word(text);
    }
    return true;
}

const char *
irc_line_parameter(const struct irc_line *line, size_t index)
{
    return index < line->count ? line->parameters[index] : "";
}

const char *
irc_line_last(const struct irc_line *line)
{
    return line->count > 0 ? line->parameters[line->count - 1] : "";
}

static bool
is_one_word(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > NAME_LIMIT || name[0] == ':')
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7F || strchr(",*?!@", name[i]) != NULL)
            return false;
    return true;
}

bool
irc_channel_is_valid(const char *name)
{
    return is_one_word(name[0] == '!' ? name + 1 : name) && strchr("#&+!", name[0]) != NULL;
}

bool
irc_nickname_is_valid(const char *name)
{
    return is_one_word(name) && strchr("#&+0123456789-", name[0]) == NULL;
}
