/* SPDX-License-Identifier: Apache-2.0 */
/* The commands and their options: one table that makes the parser, --help, the
 * man pages, the shell completion and the keys of the configuration file. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "run/exit_code.h"

enum command_id {
    COMMAND_RUN,
    COMMAND_REPORT,
    COMMAND_RECOVER,
    COMMAND_CONFORMANCE,
    COMMAND_PLUGINS,
    COMMAND_PLUGIN,
    COMMAND_COMPLETION,
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_COUNT,
};

struct command {
    const char *name;
    const char *program;  /* also runs under this name; may be NULL */
    const char *operands; /* as shown behind the options: "FILE" */
    size_t operands_least, operands_most;
    const char *summary;                 /* a line of the program's help */
    const char *const *description;      /* paragraphs, ends with NULL */
    const struct example *examples;      /* ends with { NULL } */
};

struct example {
    const char *command, *explanation;
};

/* By command_id. */
extern const struct command commands[COMMAND_COUNT];

const struct command *command_find(const char *name);
/* By the name that the program was started under; NULL for `loads` itself. */
const struct command *command_of_program(const char *path);

enum option_type {
    OPTION_FLAG,      /* bool; the only one that needs no value */
    OPTION_TEXT,      /* char *, as the next four */
    OPTION_FILE,
    OPTION_DIRECTORY,
    OPTION_URL,
    OPTION_CHOICE,    /* one of the option's choices; char * too */
    OPTION_NUMBER,    /* uint32_t */
    OPTION_NUMBERS,   /* struct number_list, "10:20:30" */
    OPTION_SECONDS,   /* double; "1.5", "90s", "5m", "2h" */
    OPTION_TEXTS,     /* struct text_list: may be given several times */
    OPTION_PLUGIN,    /* the name of a plugin: may be given several times */
    OPTION_PLUGIN_OPTION, /* output-NAME-OPTION */
};

/* Whose field the value goes to. */
enum option_place {
    PLACE_COMMAND, /* nobody's: the command looks for it */
    PLACE_RUN,     /* struct run_settings */
    PLACE_TARGET,  /* struct target_settings */
};

enum option_group { GROUP_LOAD, GROUP_TESTS, GROUP_RESULTS, GROUP_GENERAL, GROUP_COUNT };

enum { OPTION_ALIASES = 2 };

struct option {
    const char *name; /* --name; in the configuration file with _ for - */
    char letter;      /* -n, or 0 */
    const char *aliases[OPTION_ALIASES];
    const char *argument; /* what help calls the value; NULL for a flag */
    enum option_type type;
    enum option_place place;
    size_t offset;
    double minimum, maximum; /* of numbers and seconds */
    const char *const *choices; /* ends with NULL */
    const char *fallback;    /* what help says holds when it is not given; may be NULL */
    const char *help;        /* one sentence */
    const char *excludes;    /* the name of another that says the same otherwise */
    enum option_group group;
    unsigned commands; /* a bit for each command_id that takes it; 0: only a key */
    bool is_key;       /* may stand in the configuration file */
};

/* Ends with { NULL }. */
extern const struct option options[];
extern const char *const option_groups[GROUP_COUNT];

/* Finds the option by name, alias or, for a plugin's option, by its beginning.
 * Words of a name are separated by '-' on the command line and by '_' in the
 * configuration file. NULL when there is none. */
const struct option *option_find(struct slice name, char separator);
const struct option *option_find_letter(char letter);
/* The one of that very name; it exists. */
const struct option *option_named(const char *name);
bool option_takes(const struct option *option, const struct command *command);
bool option_is_list(const struct option *option);

/* Why a name that the documents know is not an option here, or NULL. */
const char *option_absent(struct slice name, char separator);
const char *option_absent_letter(char letter);

/* The nearest option of the command (NULL: the nearest key), or NULL. */
const char *option_nearest(const char *typed, const struct command *command);

/* The whole program: names the command (also by argv[0], as in loads-runner),
 * parses, runs it, returns the exit code. */
int cli_main(int argc, char **argv);

#endif
