/* SPDX-License-Identifier: Apache-2.0 */
/* What the user asked for, as typed: the options of `loads run` and the keys of
 * the configuration file, checked for form only. The plan is made from it. */
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugins/loader.h"

enum {
    SETTINGS_TARGETS_LIMIT = 64,
    SETTINGS_CYCLES_LIMIT = 256,       /* of one target */
    SETTINGS_USERS_LIMIT = 1000000,    /* of one cycle */
    SETTINGS_HITS_LIMIT = 1000000000,  /* per user */
    SETTINGS_WEIGHT_LIMIT = 1000000,
    SETTINGS_DURATION_LIMIT_S = 30 * 86400,
    SETTINGS_PLUGINS_LIMIT = 32,        /* of one kind */
    SETTINGS_PLUGIN_OPTIONS_LIMIT = 64, /* of one plugin */
    SETTINGS_TEXTS_LIMIT = 1000,        /* of one list of texts */
    SETTINGS_TEXT_LIMIT = 4096,         /* bytes of one value */
};

/* "10:20:30" */
struct number_list {
    uint64_t *values;
    size_t count; /* 0: not given */
};

struct text_list {
    char **texts;
    size_t count;
};

/* One test to run: an argument TARGET, or a section [test NAME]. */
struct target_settings {
    char *name;          /* of the section, or the target as typed */
    char *target;        /* FILE[:NAME], dotted FQN, or opaque with test_runner */
    char *test_runner;   /* "CMD {test}", or NULL: by the file's ending */
    struct number_list users, hits; /* at least one value each, or hits empty with a duration */
    double duration_s;   /* 0: by hits */
    struct number_list weights; /* as typed: one for each target, or in a section its own */
    uint32_t weight;     /* of them, that of this target; 0: not given */
    uint32_t process_users; /* users that one process can run; 0: not given, as the runner can */
    uint32_t processes;     /* split the users over so many; 0: not given; not with process_users */
    bool process_per_hit;   /* not with the other two */
    char *data;          /* a file with rows; NULL: not given */
    char *data_order;    /* NULL: not given, as is without `data` */
    bool data_unique;    /* false without `data` */
    char *seed;          /* NULL: not given */
};

struct plugin_settings {
    char *name;
    struct setting *settings; /* the --output-NAME-OPTION that were given */
    size_t setting_count;
};

struct plugin_list {
    struct plugin_settings *plugins;
    size_t count;
};

struct run_settings {
    struct target_settings *targets;
    size_t target_count;
    struct plugin_list outputs; /* "stdout" unless --output was given */
    struct plugin_list observers;
    char *test_dir;      /* an existing directory; "." unless given */
    char *server_url;    /* NULL: not given; handed to our own runners */
    bool no_patching;    /* handed to those that patch */
    char *ca_file;       /* NULL: not given; this and the next are handed to those that know TLS */
    bool insecure;       /* false with ca_file */
    char *project_name;  /* NULL: not given */
    char *label;         /* NULL: not given */
    char *zmq_receiver;  /* NULL: private ipc endpoints */
    char *plugin_path;   /* --plugin-path; NULL: not given */
    struct text_list include_files; /* patterns, kept for runs on agents */
    double external_process_timeout_s; /* < 0: not given, which means 30 after a duration */
    bool fail_fast;      /* end all at the first failure, error or dead process */
    bool quiet, dry_run, keep_query;
    bool as_json;        /* of a command that prints a table */
};

/* Frees what it holds, and the lists above; all zero afterwards. */
void number_list_clear(struct number_list *list);
void text_list_clear(struct text_list *list);
void settings_clear(struct run_settings *settings);

#endif
