/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's grammar. */
#include "cli/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A walk along argv. */
struct walk {
    struct arguments *arguments;
    char *const *next;
    struct err *err;
};

static int
unknown_option(const struct walk *walk, struct slice name)
{
    const struct command *command = walk->arguments->command;
    char *typed = xstrndup(name.data, name.length);
    const char *nearest = option_nearest(typed, command);

    if (nearest != NULL)
        err_set(walk->err, "unknown option --%s; did you mean --%s?", typed, nearest);
    else
        err_set(walk->err, "unknown option --%s; loads %s --help lists them all", typed, command->name);
    free(typed);
    return -1;
}

/* Whether the command takes it; if not, says whose it is. */
static int
check_command(const struct walk *walk, const struct option *option)
{
    const struct command *command = walk->arguments->command;

    if (option_takes(option, command))
        return 0;
    if (option->commands == 0)
        return err_set(walk->err, "--%s is no option but a key of the configuration file", option->name);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (option_takes(option, &commands[i]))
            return err_set(walk->err, "--%s is an option of loads %s, not of loads %s", option->name,
                           commands[i].name, command->name);
    return -1;
}

static void
add_given(const struct walk *walk, const struct option *option, struct slice name, const char *value)
{
    struct arguments *arguments = walk->arguments;

    arguments->given = xreallocarray(arguments->given, arguments->given_count + 1,
                                     sizeof *arguments->given);
    arguments->given[arguments->given_count++] =
        (struct given){ .option = option, .name = name, .value = value };
    if (strcmp(option->name, "help") == 0)
        arguments->request = CLI_HELP;
    else if (strcmp(option->name, "version") == 0 && arguments->request != CLI_HELP)
        arguments->request = CLI_VERSION;
}

static void
add_operand(struct arguments *arguments, const char *word)
{
    arguments->operands = xreallocarray(arguments->operands, arguments->operand_count + 1,
                                        sizeof *arguments->operands);
    arguments->operands[arguments->operand_count++] = word;
}

/* The value is the next word. One that looks like an option is more likely a
 * forgotten value, and can still be given with '='. */
static int
take_value(struct walk *walk, const struct option *option, struct slice name)
{
    const char *value = *walk->next;

    if (value == NULL)
        return err_set(walk->err, "--%.*s needs a value: %s", (int)name.length, name.data,
                       option->argument);
    if (strncmp(value, "--", 2) == 0)
        return err_set(walk->err, "--%.*s needs a value: %s (to give it %s, write --%.*s=%s)",
                       (int)name.length, name.data, option->argument, value, (int)name.length,
                       name.data, value);
    walk->next++;
    add_given(walk, option, name, value);
    return 0;
}

/* "--name" or "--name=value", without the dashes. */
static int
take_long(struct walk *walk, const char *text)
{
    struct slice name = { text, strcspn(text, "=") };
    const struct option *option = option_find(name, '-');
    const char *why = option_absent(name, '-');

    if (why != NULL)
        return err_set(walk->err, "--%.*s: %s", (int)name.length, name.data, why);
    if (option == NULL)
        return unknown_option(walk, name);
    if (check_command(walk, option) != 0)
        return -1;
    if (text[name.length] == '=') {
        add_given(walk, option, name, text + name.length + 1);
        return 0;
    }
    if (option->type == OPTION_FLAG) {
        add_given(walk, option, name, "yes");
        return 0;
    }
    return take_value(walk, option, name);
}

/* "-q", "-u10", "-qu10", "-qu" "10", without the dash. */
static int
take_letters(struct walk *walk, const char *letters)
{
    for (const char *at = letters; *at != '\0'; at++) {
        const struct option *option = option_find_letter(*at);
        const char *why = option_absent_letter(*at);

        if (why != NULL)
            return err_set(walk->err, "-%c: %s", *at, why);
        if (option == NULL)
            return err_set(walk->err, "unknown option -%.*s; loads %s --help lists them all",
                           (int)strcspn(at, "="), at, walk->arguments->command->name);
        if (check_command(walk, option) != 0)
            return -1;
        if (option->type == OPTION_FLAG) {
            add_given(walk, option, slice_of(option->name), "yes");
            continue;
        }
        if (at[1] == '\0')
            return take_value(walk, option, slice_of(option->name));
        add_given(walk, option, slice_of(option->name), at + 1);
        return 0;
    }
    return 0;
}

static int
check_operands(const struct arguments *arguments, struct err *err)
{
    const struct command *command = arguments->command;

    if (arguments->request != CLI_RUN_COMMAND)
        return 0;
    if (arguments->operand_count < command->operands_least)
        return err_set(err, "loads %s needs %s; see loads %s --help", command->name, command->operands,
                       command->name);
    if (arguments->operand_count > command->operands_most && command->operands_most == 0)
        return err_set(err, "loads %s takes no argument: %s is too much", command->name,
                       arguments->operands[0]);
    if (arguments->operand_count > command->operands_most)
        return err_set(err, "loads %s takes at most %zu %s: %s is too much", command->name,
                       command->operands_most, command->operands_most == 1 ? "argument" : "arguments",
                       arguments->operands[command->operands_most]);
    return 0;
}

int
arguments_parse(struct arguments *arguments, const struct command *command, char *const *argv,
                struct err *err)
{
    struct walk walk = { .arguments = arguments, .next = argv, .err = err };
    bool only_operands = false;
    int result = 0;

    *arguments = (struct arguments){ .command = command };
    while (result == 0 && *walk.next != NULL) {
        const char *word = *walk.next++;

        if (only_operands || word[0] != '-' || word[1] == '\0')
            add_operand(arguments, word);
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (word[1] == '-')
            result = take_long(&walk, word + 2);
        else
            result = take_letters(&walk, word + 1);
    }
    if (result == 0)
        result = check_operands(arguments, err);
    if (result != 0)
        arguments_clear(arguments);
    return result;
}

void
arguments_clear(struct arguments *arguments)
{
    free(arguments->given);
    free(arguments->operands);
    *arguments = (struct arguments){ 0 };
}

const char *
arguments_value(const struct arguments *arguments, const char *name)
{
    const struct option *option = option_named(name);

    for (size_t i = arguments->given_count; i > 0; i--)
        if (arguments->given[i - 1].option == option)
            return arguments->given[i - 1].value;
    return NULL;
}
