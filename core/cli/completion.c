/* SPDX-License-Identifier: Apache-2.0 */
/* The completion script for bash. It needs bash alone, no helper package. */
#include "cli/help.h"

/* Words of `compgen -W`: all long options of the command. */
static void
add_options(struct buffer *out, const struct command *command)
{
    for (const struct option *option = options; option->name != NULL; option++)
        if (option_takes(option, command) && option->type != OPTION_PLUGIN_OPTION)
            buffer_printf(out, " --%s", option->name);
}

static void
add_commands(struct buffer *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        buffer_printf(out, " %s", commands[i].name);
}

static void
add_choices(struct buffer *out, const char *const *choices)
{
    buffer_add_text(out, ") COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; choices[i] != NULL; i++)
        buffer_printf(out, "%s%s", i > 0 ? " " : "", choices[i]);
    buffer_add_text(out, "\" -- \"$word\")); return ;;\n");
}

/* "--config) ...": what the value of each option can be. */
static void
add_values(struct buffer *out)
{
    for (const struct option *option = options; option->name != NULL; option++) {
        if (option->commands == 0 || option->argument == NULL || option->type == OPTION_PLUGIN_OPTION)
            continue;
        buffer_printf(out, "    --%s", option->name);
        if (option->letter != '\0')
            buffer_printf(out, " | -%c", option->letter);
        for (size_t i = 0; i < OPTION_ALIASES && option->aliases[i] != NULL; i++)
            buffer_printf(out, " | --%s", option->aliases[i]);
        if (option->type == OPTION_DIRECTORY)
            buffer_add_text(out, ") COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n");
        else if (option->type == OPTION_FILE || option->type == OPTION_TEXTS)
            buffer_add_text(out, ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
        else if (option->type == OPTION_CHOICE)
            add_choices(out, option->choices);
        else
            buffer_add_text(out, ") return ;;\n");
    }
}

static void
add_programs(struct buffer *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].program != NULL)
            buffer_printf(out, "    %s) command=%s ;;\n", commands[i].program, commands[i].name);
}

static void
add_command_options(struct buffer *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        buffer_printf(out, "    %s) words=\"", commands[i].name);
        add_options(out, &commands[i]);
        buffer_add_text(out, "\" ;;\n");
    }
}

void
help_completion(struct buffer *out)
{
    buffer_add_text(out, "# bash completion for loads; made by \"loads completion bash\"\n"
                         "_loads() {\n"
                         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                         "    local command=${COMP_WORDS[1]} words\n"
                         "    COMPREPLY=()\n"
                         "    case ${COMP_WORDS[0]##*/} in\n");
    add_programs(out);
    buffer_add_text(out, "    *)\n"
                         "        if [ \"$COMP_CWORD\" -eq 1 ] || { [ \"$COMP_CWORD\" -eq 2 ] && "
                         "[ \"$before\" = help ]; }; then\n"
                         "            COMPREPLY=($(compgen -W \"");
    add_commands(out);
    buffer_add_text(out, "\" -- \"$word\"))\n"
                         "            return\n"
                         "        fi ;;\n"
                         "    esac\n"
                         "    case $before in\n");
    add_values(out);
    buffer_add_text(out, "    esac\n"
                         "    case $command in\n");
    add_command_options(out);
    buffer_add_text(out, "    esac\n"
                         "    if [ \"$command\" = completion ] && [[ $word != -* ]]; then\n"
                         "        COMPREPLY=($(compgen -W bash -- \"$word\"))\n"
                         "    elif [ \"$before\" = plugin ] && [ \"$COMP_CWORD\" -eq 2 ] && [[ $word != -* ]]; then\n"
                         "        COMPREPLY=($(compgen -W new -- \"$word\"))\n"
                         "    elif [[ $word == -* ]]; then\n"
                         "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                         "    else\n"
                         "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                         "    fi\n"
                         "}\n"
                         "complete -o filenames -F _loads loads");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].program != NULL)
            buffer_printf(out, " %s", commands[i].program);
    buffer_add_char(out, '\n');
}
