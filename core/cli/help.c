/* SPDX-License-Identifier: Apache-2.0 */
/* The help texts for a terminal. */
#include "cli/help.h"

#include <string.h>

enum { COLUMNS = 79, HELP_COLUMN = 26, LABEL_LIMIT = 128 };

/* Adds the words of `text`, starting in `column`; lines that follow are indented. */
static void
add_wrapped(struct buffer *out, const char *text, size_t column, size_t indent)
{
    bool is_first = true;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");

        if (!is_first && column + 1 + length > COLUMNS) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            buffer_add_char(out, ' ');
            column++;
        }
        buffer_add(out, text, length);
        column += length;
        text += length + strspn(text + length, " ");
        is_first = false;
    }
    buffer_add_char(out, '\n');
}

/* A label, and its explanation beside it or, if the label is long, below. */
static void
add_row(struct buffer *out, const char *label, const char *text)
{
    buffer_add_text(out, label);
    if (strlen(label) + 2 > HELP_COLUMN)
        buffer_printf(out, "\n%*s", HELP_COLUMN, "");
    else
        buffer_printf(out, "%*s", (int)(HELP_COLUMN - strlen(label)), "");
    add_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

void
help_sentence(struct buffer *out, const struct option *option)
{
    const char *separator = " (";

    buffer_add_text(out, option->help);
    if (option->fallback != NULL) {
        buffer_printf(out, "%sdefault: %s", separator, option->fallback);
        separator = "; ";
    }
    for (size_t i = 0; option->commands != 0 && i < OPTION_ALIASES && option->aliases[i] != NULL; i++) {
        buffer_printf(out, "%salso --%s", separator, option->aliases[i]);
        separator = "; ";
    }
    if (separator[0] == ';')
        buffer_add_char(out, ')');
}

static void
add_option(struct buffer *out, const struct option *option)
{
    struct buffer label, sentence;

    buffer_init(&label, LABEL_LIMIT);
    buffer_init(&sentence, HELP_LIMIT);
    if (option->letter != '\0')
        buffer_printf(&label, "  -%c, ", option->letter);
    else
        buffer_add_text(&label, "      ");
    buffer_printf(&label, "--%s", option->name);
    if (option->argument != NULL)
        buffer_printf(&label, " %s", option->argument);
    help_sentence(&sentence, option);
    add_row(out, label.data, sentence.data);
    buffer_clear(&label);
    buffer_clear(&sentence);
}

static void
add_options(struct buffer *out, const struct command *command)
{
    for (enum option_group group = 0; group < GROUP_COUNT; group++) {
        bool has_heading = false;

        for (const struct option *option = options; option->name != NULL; option++) {
            if (option->group != group || !option_takes(option, command))
                continue;
            if (!has_heading)
                buffer_printf(out, "\n%s:\n", option_groups[group]);
            has_heading = true;
            add_option(out, option);
        }
    }
}

static void
add_examples(struct buffer *out, const struct command *command)
{
    if (command->examples == NULL)
        return;
    buffer_add_text(out, "\nExamples:\n");
    for (const struct example *example = command->examples; example->command != NULL; example++)
        buffer_printf(out, "  %s\n      %s\n", example->command, example->explanation);
}

void
help_command(struct buffer *out, const struct command *command)
{
    buffer_printf(out, "Usage: loads %s [OPTION...]%s%s\n", command->name,
                  command->operands[0] != '\0' ? " " : "", command->operands);
    if (command->program != NULL)
        buffer_printf(out, "       %s [OPTION...] %s\n", command->program, command->operands);
    for (size_t i = 0; command->description[i] != NULL; i++) {
        buffer_add_char(out, '\n');
        add_wrapped(out, command->description[i], 0, 0);
    }
    add_options(out, command);
    add_examples(out, command);
}

void
help_program(struct buffer *out)
{
    buffer_add_text(out, "Usage: loads COMMAND [OPTION...] [ARGUMENT...]\n\n" PROGRAM_SUMMARY ".\n\n"
                         "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        buffer_printf(out, "  %-12s  %s\n", commands[i].name, commands[i].summary);
    buffer_add_text(out, "\n\"loads COMMAND --help\" or \"loads help COMMAND\" explains a command; so does "
                         "its\nmanual, such as \"man loads-run\".\n");
}
