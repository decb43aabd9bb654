/* SPDX-License-Identifier: Apache-2.0 */
/* The manual pages, in roff. */
#include <ctype.h>
#include <string.h>

#include "cli/help.h"

/* Text as it is: nothing in it is taken for a command or a special character. */
static void
add_text(struct buffer *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buffer_add_text(out, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            buffer_add_text(out, "\\e");
        else if (*text == '-')
            buffer_add_text(out, "\\-");
        else if (*text == '\'')
            buffer_add_text(out, "\\(aq");
        else
            buffer_add_char(out, *text);
    }
}

static void
add_line(struct buffer *out, const char *request, const char *text)
{
    buffer_add_text(out, request);
    add_text(out, text);
    buffer_add_char(out, '\n');
}

static void
add_upper(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++)
        buffer_add_char(out, (char)toupper((unsigned char)*text));
}

static void
add_title(struct buffer *out, const char *name, const char *summary)
{
    buffer_add_text(out, ".TH ");
    add_upper(out, name);
    buffer_add_text(out, " 1 \"\" \"loads " PACKAGE_VERSION "\" \"Loads\"\n.nh\n.ad l\n.SH NAME\n");
    add_text(out, name);
    buffer_add_text(out, " \\- ");
    add_line(out, "", summary);
}

static void
add_sentence(struct buffer *out, const struct option *option)
{
    struct buffer sentence;

    buffer_init(&sentence, HELP_LIMIT);
    help_sentence(&sentence, option);
    add_line(out, "", sentence.data);
    buffer_clear(&sentence);
}

static void
add_option(struct buffer *out, const struct option *option)
{
    buffer_add_text(out, ".TP\n\\fB");
    if (option->letter != '\0')
        buffer_printf(out, "\\-%c\\fR, \\fB", option->letter);
    buffer_add_text(out, "\\-\\-");
    add_text(out, option->name);
    buffer_add_text(out, "\\fR");
    if (option->argument != NULL) {
        buffer_add_text(out, " \\fI");
        add_text(out, option->argument);
        buffer_add_text(out, "\\fR");
    }
    buffer_add_char(out, '\n');
    add_sentence(out, option);
}

static void
add_options(struct buffer *out, const struct command *command)
{
    buffer_add_text(out, ".SH OPTIONS\n");
    for (enum option_group group = 0; group < GROUP_COUNT; group++) {
        bool has_heading = false;

        for (const struct option *option = options; option->name != NULL; option++) {
            if (option->group != group || !option_takes(option, command))
                continue;
            if (!has_heading)
                add_line(out, ".SS ", option_groups[group]);
            has_heading = true;
            add_option(out, option);
        }
    }
}

/* The keys, so that nobody has to guess which options are some. */
static void
add_configuration(struct buffer *out)
{
    static const char *const kinds[] = {
        "Keys of [loads]:", "Keys of [loads], and of [test NAME] for one test:",
    };

    buffer_add_text(out, ".SH CONFIGURATION FILE\nA section [loads] holds \"key = value\" lines; a section "
                         "[test NAME] adds a test, which\nhas the values of [loads] where it has none of "
                         "its own; a section [output NAME] or\n[observer NAME] holds the options of one. A list goes on "
                         "in indented lines. A line that begins with # or\n; is a comment.\n");
    for (size_t i = 0; i < 2; i++) {
        const char *separator = "";

        buffer_printf(out, ".TP\n%s\n", kinds[i]);
        for (const struct option *option = options; option->name != NULL; option++) {
            if (!option->is_key || (option->place == PLACE_TARGET) != (i == 1))
                continue;
            buffer_add_text(out, separator);
            for (const char *at = option->name; *at != '\0'; at++)
                buffer_add_char(out, *at == '-' ? '_' : *at);
            separator = ", ";
        }
        buffer_add_char(out, '\n');
    }
}

static void
add_examples(struct buffer *out, const struct command *command)
{
    if (command->examples == NULL)
        return;
    buffer_add_text(out, ".SH EXAMPLES\n");
    for (const struct example *example = command->examples; example->command != NULL; example++) {
        buffer_add_text(out, ".TP\n");
        add_line(out, ".B ", example->command);
        add_line(out, "", example->explanation);
    }
}

static void
add_exit_codes(struct buffer *out)
{
    static const struct { enum exit_code code; const char *meaning; } codes[] = {
        { EXIT_PASSED, "passed" },
        { EXIT_TESTS_FAILED, "tests had failures or errors" },
        { EXIT_USAGE, "bad usage or configuration; nothing ran" },
        { EXIT_INVALID, "the result is not valid: nothing was measured, messages were lost, a runner died "
                        "or an output failed" },
        { EXIT_INTERNAL, "internal error" },
        { EXIT_INTERRUPTED, "stopped by SIGINT, after the reports were written" },
        { EXIT_TERMINATED, "stopped by SIGTERM, after the reports were written" },
    };

    buffer_add_text(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        buffer_printf(out, ".TP\n.B %d\n%s\n", codes[i].code, codes[i].meaning);
}

static void
add_environment(struct buffer *out)
{
    buffer_add_text(out, ".SH ENVIRONMENT\n"
                         ".TP\n.B LOADS_CONFIG\nthe configuration file when there is no \\-\\-config\n"
                         ".TP\n.B LOADS_PLUGIN_PATH\ndirectories in which plugins are looked for, behind "
                         "those of \\-\\-plugin\\-path\n");
}

static void
manual_of_command(struct buffer *out, const struct command *command)
{
    struct buffer name;

    buffer_init(&name, HELP_LIMIT);
    buffer_printf(&name, "loads-%s", command->name);
    add_title(out, name.data, command->summary);
    buffer_clear(&name);
    buffer_printf(out, ".SH SYNOPSIS\n.B loads %s\n[\\fIOPTION\\fR...] ", command->name);
    add_line(out, "", command->operands);
    if (command->program != NULL) {
        add_line(out, ".br\n.B ", command->program);
        add_line(out, "[\\fIOPTION\\fR...] ", command->operands);
    }
    buffer_add_text(out, ".SH DESCRIPTION\n");
    for (size_t i = 0; command->description[i] != NULL; i++)
        add_line(out, ".PP\n", command->description[i]);
    add_options(out, command);
    if (option_takes(option_named("config"), command))
        add_configuration(out);
    if (option_takes(option_named("output"), command)) {
        add_exit_codes(out);
        add_environment(out);
    }
    add_examples(out, command);
    buffer_add_text(out, ".SH SEE ALSO\n.BR loads (1)\n");
}

static void
manual_of_program(struct buffer *out)
{
    add_title(out, "loads", PROGRAM_SUMMARY);
    buffer_add_text(out, ".SH SYNOPSIS\n.B loads\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
                         ".SH COMMANDS\nEach has its own manual page.\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        buffer_printf(out, ".TP\n.BR loads\\-%s (1)\n", commands[i].name);
        add_line(out, "", commands[i].summary);
    }
    add_exit_codes(out);
    add_environment(out);
}

void
help_manual(struct buffer *out, const struct command *command)
{
    if (command != NULL)
        manual_of_command(out, command);
    else
        manual_of_program(out);
}
